import * as z from 'zod/mini';
import { InvitationId, OrgId, UserId, WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import type { Item, Key } from '../table/client.ts';
import { timeToLive } from '../table/schema.ts';
import { placesUntil } from './places.ts';

/** A role in a workspace, promised by somebody who had the right to give it. */
const Grant = z.object({ workspaceId: WorkspaceId, role: Role, invitedBy: UserId });
export type Grant = z.output<typeof Grant>;

const stored = z.object({
  orgId: OrgId,
  invitationId: InvitationId,
  email: z.string(),
  grants: z.array(Grant),
  /** Set for the first owners, whom support invites. */
  organizationRole: z.optional(z.literal('owner')),
  status: z.enum(['pending', 'accepted', 'revoked']),
  /** The link is derived from the id and this: a new one makes every older link dead. */
  nonce: z.string(),
  invitedBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  /** When the present link was made: an event from before asks for a mail that nobody needs any more. */
  sentAt: z.optional(z.string()),
  /** As long as it is pending: the hour at whose beginning its places are free again. */
  placesUntil: z.optional(z.string()),
  version: z.int(),
  [timeToLive]: z.int(),
});
export type Invitation = z.output<typeof stored>;

export const validHours = 48;
/** How long an invitation is listed after it has expired or ended. */
const keptDays = 90;

export const invitationPrefix = 'INVITATION#';

export function invitationKey(orgId: OrgId, invitationId: InvitationId): Key {
  return { pk: `ORG#${orgId}`, sk: `${invitationPrefix}${invitationId}` };
}

export function invitationItem(invitation: Invitation): Item {
  return { ...invitationKey(invitation.orgId, invitation.invitationId), ...invitation };
}

export function parseInvitation(item: unknown): Invitation {
  return z.parse(stored, item);
}

type Validity = Pick<Invitation, 'expiresAt' | 'sentAt' | 'placesUntil' | typeof timeToLive>;

/** A link that is made now and valid for 48 hours; until when it holds places, and until when it is kept. */
export function validity(now: Date): Validity {
  const expires = now.getTime() + validHours * 3_600_000;
  return {
    expiresAt: new Date(expires).toISOString(),
    sentAt: now.toISOString(),
    placesUntil: placesUntil(new Date(expires)),
    [timeToLive]: Math.floor(expires / 1000) + keptDays * 86_400,
  };
}
