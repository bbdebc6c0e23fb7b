import { EventView } from '../../domain/events/eventView.ts';
import {
  ConnectionEventsQuery,
  listConnectionEvents as list,
} from '../../domain/events/listConnectionEvents.ts';
import { route } from '../http/route.ts';
import { inConnection, pageSchema } from '../http/schemas.ts';

export const listConnectionEvents = route({
  operationId: 'listConnectionEvents',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}/events',
  summary: 'The history of a connection and of all that its lineage shares, newest first.',
  group: 'workspaces',
  access: 'admin',
  params: inConnection,
  query: ConnectionEventsQuery,
  answers: { 200: pageSchema(EventView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({ status: 200, body: await list(ctx, params, query) }),
});
