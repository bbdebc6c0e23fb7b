import { EventView } from '../../domain/events/eventView.ts';
import { EventsQuery, listEvents as list } from '../../domain/events/listEvents.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listEvents = route({
  operationId: 'listEvents',
  method: 'GET',
  path: '/v1/events',
  summary: 'Audit events, newest first: what was done in one workspace in the order in which it was written.',
  group: 'workspaces',
  access: 'anyAdmin',
  query: EventsQuery,
  answers: { 200: pageSchema(EventView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { query }) => ({ status: 200, body: await list(ctx, query) }),
});
