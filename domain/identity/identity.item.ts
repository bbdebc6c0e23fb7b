import * as z from 'zod/mini';
import { OperationId, OrgId, UserId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';

const stored = z.object({
  login: z.string(),
  orgId: OrgId,
  userId: UserId,
  /** That of the person: a login is turned away before anything else of them is read. */
  leaving: z.optional(OperationId),
});
/** Who a login is in one organization. The only tenant data outside the tenant's keys: it is how a login finds them. */
export type Identity = z.output<typeof stored>;

export function identityPartition(login: string): string {
  return `IDENTITY#${login}`;
}

export function identityKey(login: string, orgId: string): Key {
  return { pk: identityPartition(login), sk: `ORG#${orgId}` };
}

export function identityItem(identity: Identity): Item {
  return { ...identityKey(identity.login, identity.orgId), ...identity };
}

export function parseIdentity(item: unknown): Identity {
  return z.parse(stored, item);
}
