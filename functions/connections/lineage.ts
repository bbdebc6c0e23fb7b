import { LineageQuery, LineageView, listLineage as list } from '../../domain/connections/lineage.ts';
import { route } from '../http/route.ts';
import { inConnection } from '../http/schemas.ts';

export const listLineage = route({
  operationId: 'listLineage',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}/lineage',
  summary: 'Every connection that shares the authorization of this one.',
  group: 'connections',
  access: 'viewer',
  params: inConnection,
  query: LineageQuery,
  answers: { 200: LineageView },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({ status: 200, body: await list(ctx, params, query) }),
});
