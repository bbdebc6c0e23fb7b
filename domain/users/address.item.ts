import * as z from 'zod/mini';
import { InvitationId, type OrgId, UserId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';

const stored = z.object({
  email: z.string(),
  userId: z.optional(UserId),
  invitationId: z.optional(InvitationId),
});
/** Who an email address is in an organization: a person, or a pending invitation. One item an address, so never both. */
export type Address = z.output<typeof stored>;

export function addressKey(orgId: OrgId, email: string): Key {
  return { pk: `ORG#${orgId}`, sk: `EMAIL#${email}` };
}

export function addressItem(orgId: OrgId, address: Address): Item {
  return { ...addressKey(orgId, address.email), ...address };
}

export function parseAddress(item: unknown): Address {
  return z.parse(stored, item);
}
