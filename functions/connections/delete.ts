import { deleteConnection as remove } from '../../domain/connections/deleteConnection.ts';
import { route } from '../http/route.ts';
import { inConnection } from '../http/schemas.ts';

export const deleteConnection = route({
  operationId: 'deleteConnection',
  method: 'DELETE',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}',
  summary: 'Deletes a connection that has no copies.',
  group: 'connections',
  access: 'editor',
  params: inConnection,
  answers: { 204: undefined },
  errors: ['not_found', 'connection_has_copies', 'workspace_busy'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => {
    await remove(ctx, params, expectedVersion);
    return { status: 204 };
  },
});
