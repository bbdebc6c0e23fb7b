import { ConnectionView } from '../../domain/connections/connection.view.ts';
import { UpdateConnection, updateConnection as update } from '../../domain/connections/updateConnection.ts';
import { route } from '../http/route.ts';
import { inConnection } from '../http/schemas.ts';

export const updateConnection = route({
  operationId: 'updateConnection',
  method: 'PATCH',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}',
  summary: 'Renames a connection and replaces its selection of accounts.',
  group: 'connections',
  access: 'editor',
  params: inConnection,
  body: UpdateConnection,
  answers: { 200: ConnectionView },
  errors: ['not_found', 'account_not_available', 'workspace_busy'],
  versioned: true,
  handle: async (ctx, { params, body, expectedVersion }) => ({
    status: 200,
    body: await update(ctx, params, body, expectedVersion),
  }),
});
