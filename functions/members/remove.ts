import { removeMember as remove } from '../../domain/members/changeMember.ts';
import { route } from '../http/route.ts';
import { changedMember } from '../http/schemas.ts';

export const removeMember = route({
  operationId: 'removeMember',
  method: 'DELETE',
  path: '/v1/workspaces/{workspaceId}/members/{userId}',
  summary: 'Takes somebody out of a workspace; a member may always remove themselves.',
  group: 'workspaces',
  access: 'viewer',
  params: changedMember,
  answers: { 204: undefined },
  errors: ['not_found', 'forbidden', 'last_admin', 'workspace_busy'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => {
    await remove(ctx, params, expectedVersion);
    return { status: 204 };
  },
});
