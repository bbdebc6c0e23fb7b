import { ConnectionView } from '../../domain/connections/connection.view.ts';
import { ConnectionsQuery, listConnections as list } from '../../domain/connections/listConnections.ts';
import { route } from '../http/route.ts';
import { inWorkspace, pageSchema } from '../http/schemas.ts';

export const listConnections = route({
  operationId: 'listConnections',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/connections',
  summary: 'The connections of a workspace.',
  group: 'connections',
  access: 'viewer',
  params: inWorkspace,
  query: ConnectionsQuery,
  answers: { 200: pageSchema(ConnectionView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({
    status: 200,
    body: await list(ctx, params.workspaceId, query),
  }),
});
