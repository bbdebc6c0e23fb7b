import { CreateWorkspace, createWorkspace as create } from '../../domain/workspaces/createWorkspace.ts';
import { WorkspaceView } from '../../domain/workspaces/workspace.view.ts';
import { route } from '../http/route.ts';

export const createWorkspace = route({
  operationId: 'createWorkspace',
  method: 'POST',
  path: '/v1/workspaces',
  summary: 'Creates a workspace with its people and copies of connections, all or nothing.',
  group: 'workspaces',
  access: 'anyAdmin',
  body: CreateWorkspace,
  answers: { 201: WorkspaceView, 202: WorkspaceView },
  errors: [
    'workspace_limit_reached',
    'member_limit_reached',
    'connection_limit_reached',
    'unknown_user',
    'not_found',
    'already_connected',
    'account_not_available',
    'workspace_busy',
  ],
  handle: async (ctx, { body }) => {
    const workspace = await create(ctx, body);
    const location = `/v1/workspaces/${workspace.workspaceId}`;
    return { status: workspace.operation ? 202 : 201, body: workspace, headers: { location } };
  },
});
