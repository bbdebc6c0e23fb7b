import { ConnectionView } from '../../domain/connections/connection.view.ts';
import { CreateConnection, createConnection as create } from '../../domain/connections/createConnection.ts';
import { route } from '../http/route.ts';
import { inWorkspace } from '../http/schemas.ts';

export const createConnection = route({
  operationId: 'createConnection',
  method: 'POST',
  path: '/v1/workspaces/{workspaceId}/connections',
  summary: 'Brings a data source into a workspace; the credentials are stored encrypted and never shown.',
  group: 'connections',
  access: 'editor',
  params: inWorkspace,
  body: CreateConnection,
  answers: { 201: ConnectionView },
  errors: ['not_found', 'connection_limit_reached', 'workspace_busy', 'payload_too_large'],
  handle: async (ctx, { params, body }) => {
    const connection = await create(ctx, params.workspaceId, body);
    const location = `/v1/workspaces/${connection.workspaceId}/connections/${connection.connectionId}`;
    return { status: 201, body: connection, headers: { location } };
  },
});
