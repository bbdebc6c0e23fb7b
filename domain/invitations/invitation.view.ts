import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { canBeAccepted } from './canBeAccepted.ts';
import type { Invitation } from './invitation.item.ts';

/** An invitation as its organization's admins see it; never its token. */
export const InvitationView = z.object({
  invitationId: z.string(),
  email: z.string(),
  grants: z.array(
    z.union([
      z.object({ workspaceId: z.string(), role: Role }),
      z.object({ organizationRole: z.literal('owner') }),
    ]),
  ),
  status: z.enum(['pending', 'accepted', 'expired', 'revoked']),
  invitedBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
  version: z.int(),
});
export type InvitationView = z.output<typeof InvitationView>;

/**
 * Pending invitations expire by the clock, not by being deleted. One that holds more than can be accepted (an earlier
 * release made such) is as good as expired: inviting again begins anew.
 */
export function statusOf(ctx: Pick<Context, 'now'>, invitation: Invitation): InvitationView['status'] {
  const { status, expiresAt } = invitation;
  if (status !== 'pending') return status;
  return expiresAt <= ctx.now().toISOString() || !canBeAccepted(invitation) ? 'expired' : 'pending';
}

/** `sees` leaves out grants in workspaces that the caller may not know of. */
export function viewInvitation(
  ctx: Pick<Context, 'now'>,
  invitation: Invitation,
  sees: (workspaceId: WorkspaceId) => boolean,
): InvitationView {
  const { organizationRole, grants } = invitation;
  return {
    invitationId: invitation.invitationId,
    email: invitation.email,
    grants: [
      ...(organizationRole ? [{ organizationRole }] : []),
      ...grants
        .filter(({ workspaceId }) => sees(workspaceId))
        .map(({ workspaceId, role }) => ({ workspaceId, role })),
    ],
    status: statusOf(ctx, invitation),
    invitedBy: invitation.invitedBy,
    createdAt: invitation.createdAt,
    expiresAt: invitation.expiresAt,
    version: invitation.version,
  };
}
