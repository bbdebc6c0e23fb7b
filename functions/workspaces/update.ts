import { UpdateWorkspace, updateWorkspace as update } from '../../domain/workspaces/updateWorkspace.ts';
import { WorkspaceView } from '../../domain/workspaces/workspace.view.ts';
import { route } from '../http/route.ts';
import { inWorkspace } from '../http/schemas.ts';

export const updateWorkspace = route({
  operationId: 'updateWorkspace',
  method: 'PATCH',
  path: '/v1/workspaces/{workspaceId}',
  summary: 'Changes name, description, people, connections and accounts of a workspace, as one.',
  group: 'workspaces',
  access: 'editor',
  params: inWorkspace,
  body: UpdateWorkspace,
  answers: { 200: WorkspaceView, 202: WorkspaceView },
  errors: [
    'not_found',
    'last_admin',
    'member_limit_reached',
    'connection_limit_reached',
    'unknown_user',
    'already_connected',
    'account_not_available',
    'connection_has_copies',
    'workspace_busy',
  ],
  versioned: true,
  handle: async (ctx, { params, body, expectedVersion }) => {
    const workspace = await update(ctx, params.workspaceId, body, expectedVersion);
    return { status: workspace.operation ? 202 : 200, body: workspace };
  },
});
