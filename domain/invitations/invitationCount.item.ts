import * as z from 'zod/mini';
import { OrgId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import type { Invitation } from './invitation.item.ts';
import { Places } from './places.ts';

const stored = z.object({ orgId: OrgId, invited: Places });
/**
 * The pending invitations of an organization. An item of its own, so that inviting and accepting never meet with those
 * who create workspaces.
 */
export type InvitationCount = z.output<typeof stored>;

export function invitationCountKey(orgId: OrgId): Key {
  return { pk: `ORG#${orgId}`, sk: 'INVITATIONS' };
}

export function invitationCountItem(count: InvitationCount): Item {
  return { ...invitationCountKey(count.orgId), ...count };
}

/** That of an organization with its first invitation. */
export function firstInvitationCount({ orgId, placesUntil }: Invitation): Item {
  return invitationCountItem({ orgId, invited: placesUntil === undefined ? {} : { [placesUntil]: 1 } });
}

export function parseInvitationCount(item: unknown): InvitationCount {
  return z.parse(stored, item);
}
