import { listEvents } from '../events/list.ts';
import { listConnectionEvents } from '../events/listOfConnection.ts';
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
import { getOperation } from '../operations/get.ts';
import { getUser } from '../users/get.ts';
import { listUsers } from '../users/list.ts';
import { listUserWorkspaces } from '../users/listWorkspaces.ts';
import { removeUser } from '../users/remove.ts';
import { createWorkspace } from '../workspaces/create.ts';
import { deleteWorkspace } from '../workspaces/delete.ts';
import { draftWorkspace } from '../workspaces/draft.ts';
import { getWorkspace } from '../workspaces/get.ts';
import { listWorkspaces } from '../workspaces/list.ts';
import { updateWorkspace } from '../workspaces/update.ts';

/** Workspaces and their people. */
export const routes = [
  getMe,
  listRoles,
  listWorkspaces,
  draftWorkspace,
  createWorkspace,
  getWorkspace,
  updateWorkspace,
  deleteWorkspace,
  listMembers,
  putMember,
  removeMember,
  listUsers,
  getUser,
  listUserWorkspaces,
  removeUser,
  createInvitations,
  listInvitations,
  resendInvitation,
  revokeInvitation,
  acceptInvitation,
  listEvents,
  listConnectionEvents,
  getOperation,
];

export const handler = serve(routes);
