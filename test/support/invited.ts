import { InvitationId, type WorkspaceId } from '../../domain/ids.ts';
import { invite } from '../../domain/invitations/invite.ts';
import { listInvitations } from '../../domain/invitations/manage.ts';
import { type TestUser, tokenOf } from './builders.ts';

/** The pending invitation of an email and its token; with a workspace, a fresh one into that. */
export async function inviteOf(inviter: TestUser, email: string, workspaceId?: WorkspaceId) {
  if (workspaceId)
    await invite(inviter, { invitations: [{ email, grants: [{ workspaceId, role: 'viewer' }] }] });
  const { items } = await listInvitations(inviter, { limit: 100 });
  const found = items.find((invitation) => invitation.email === email && invitation.status === 'pending');
  const invitationId = InvitationId.parse(found?.invitationId);
  return { invitationId, token: await tokenOf(inviter, inviter.actor.orgId, invitationId) };
}
