import { listEvents } from '../events/list.ts';
import { serve } from '../http/serve.ts';
import { acceptInvitation } from '../invitations/accept.ts';
import { createInvitations } from '../invitations/create.ts';
import { listInvitations } from '../invitations/list.ts';
import { resendInvitation } from '../invitations/resend.ts';
import { revokeInvitation } from '../invitations/revoke.ts';
import { getMe } from '../me/getMe.ts';
import { listRoles } from '../me/listRoles.ts';
import { listMembers } from '../members/list.ts';
import { putMember } from '../members/put.ts';
import { removeMember } from '../members/remove.ts';
import { getUser } from '../users/get.ts';
import { listUsers } from '../users/list.ts';
import { createWorkspace } from '../workspaces/create.ts';
import { draftWorkspace } from '../workspaces/draft.ts';
import { getWorkspace } from '../workspaces/get.ts';
import { listWorkspaces } from '../workspaces/list.ts';

/** Workspaces and their people. */
export const routes = [
  getMe,
  listRoles,
  listWorkspaces,
  draftWorkspace,
  createWorkspace,
  getWorkspace,
  listMembers,
  putMember,
  removeMember,
  listUsers,
  getUser,
  createInvitations,
  listInvitations,
  resendInvitation,
  revokeInvitation,
  acceptInvitation,
  listEvents,
];

export const handler = serve(routes);
