import { Draft, DraftQuery, draftWorkspace as draft } from '../../domain/workspaces/draftWorkspace.ts';
import { draftBody } from '../http/problem.ts';
import { route } from '../http/route.ts';

export const draftWorkspace = route({
  operationId: 'draftWorkspace',
  method: 'GET',
  path: '/v1/workspaces/draft',
  summary:
    'What the creation screen starts with: whether one more workspace fits, and the pre-selected people.',
  group: 'workspaces',
  access: 'member',
  query: DraftQuery,
  answers: { 200: Draft },
  errors: ['not_found'],
  handle: async (ctx, { query }) => ({
    status: 200,
    body: draftBody(await draft(ctx, query.fromWorkspaceId)),
  }),
});
