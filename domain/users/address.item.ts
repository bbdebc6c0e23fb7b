import * as z from 'zod/mini';
import { InvitationId, type OrgId, UserId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import { timeToLive } from '../table/schema.ts';

const stored = z.object({
  email: z.string(),
  userId: z.optional(UserId),
  invitationId: z.optional(InvitationId),
  /** When the last repeated mail went to somebody who is invited. */
  repeatedAt: z.optional(z.string()),
  /** That of the invitation: what is kept of somebody who never came in goes as a whole. A person's address stays. */
  [timeToLive]: z.optional(z.int()),
});
/**
 * Who an email address is in an organization: a person, or a pending invitation. One item an address, so never both.
 * Neither: for a minute after its invitation was revoked, so that the pause between mails holds.
 */
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
