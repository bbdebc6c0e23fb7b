import { listMembers as list, MembersQuery, MemberView } from '../../domain/members/listMembers.ts';
import { route } from '../http/route.ts';
import { inWorkspace, pageSchema } from '../http/schemas.ts';

export const listMembers = route({
  operationId: 'listMembers',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/members',
  summary: 'The members of a workspace and, for its admins, those who are invited.',
  group: 'workspaces',
  access: 'viewer',
  params: inWorkspace,
  query: MembersQuery,
  answers: { 200: pageSchema(MemberView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({
    status: 200,
    body: await list(ctx, params.workspaceId, query),
  }),
});
