import { listWorkspaces as list, WorkspacesQuery } from '../../domain/workspaces/listWorkspaces.ts';
import { WorkspaceView } from '../../domain/workspaces/workspace.view.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listWorkspaces = route({
  operationId: 'listWorkspaces',
  method: 'GET',
  path: '/v1/workspaces',
  summary: 'The workspaces that the caller sees.',
  group: 'workspaces',
  access: 'member',
  query: WorkspacesQuery,
  answers: { 200: pageSchema(WorkspaceView) },
  errors: ['invalid_cursor'],
  handle: async (ctx, { query }) => ({ status: 200, body: await list(ctx, query) }),
});
