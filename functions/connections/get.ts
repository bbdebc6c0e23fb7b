import { ConnectionView } from '../../domain/connections/connection.view.ts';
import { getConnection as get } from '../../domain/connections/getConnection.ts';
import { route } from '../http/route.ts';
import { inConnection } from '../http/schemas.ts';

export const getConnection = route({
  operationId: 'getConnection',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}',
  summary: 'The details of a connection.',
  group: 'connections',
  access: 'viewer',
  params: inConnection,
  answers: { 200: ConnectionView },
  errors: ['not_found'],
  handle: async (ctx, { params }) => ({ status: 200, body: await get(ctx, params) }),
});
