import { Reconnect, Reconnected, reconnect } from '../../domain/connections/reconnect.ts';
import { route } from '../http/route.ts';
import { inConnection } from '../http/schemas.ts';

export const reconnectConnection = route({
  operationId: 'reconnectConnection',
  method: 'POST',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}/reconnect',
  summary: 'Gives the whole lineage of a connection its new authorization, in one write.',
  group: 'connections',
  access: 'editor',
  params: inConnection,
  body: Reconnect,
  answers: { 200: Reconnected },
  errors: ['not_found', 'business_account_mismatch', 'accounts_would_be_lost', 'workspace_busy'],
  versioned: true,
  handle: async (ctx, { params, body, expectedVersion }) => ({
    status: 200,
    body: await reconnect(ctx, params, body, expectedVersion),
  }),
});
