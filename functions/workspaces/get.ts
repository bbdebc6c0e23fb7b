import { getWorkspace as get } from '../../domain/workspaces/listWorkspaces.ts';
import { WorkspaceView } from '../../domain/workspaces/workspace.view.ts';
import { route } from '../http/route.ts';
import { inWorkspace } from '../http/schemas.ts';

export const getWorkspace = route({
  operationId: 'getWorkspace',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}',
  summary: 'One workspace.',
  group: 'workspaces',
  access: 'viewer',
  params: inWorkspace,
  answers: { 200: WorkspaceView },
  errors: ['not_found'],
  handle: async (ctx, { params }) => ({ status: 200, body: await get(ctx, params.workspaceId) }),
});
