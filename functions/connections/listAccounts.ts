import { AccountsQuery, AccountView, listAccounts as list } from '../../domain/connections/listAccounts.ts';
import { route } from '../http/route.ts';
import { inConnection, pageSchema } from '../http/schemas.ts';

export const listAccounts = route({
  operationId: 'listAccounts',
  method: 'GET',
  path: '/v1/workspaces/{workspaceId}/connections/{connectionId}/accounts',
  summary: 'The accounts of a connection: selected ones, and those that the caller could select.',
  group: 'connections',
  access: 'viewer',
  params: inConnection,
  query: AccountsQuery,
  answers: { 200: pageSchema(AccountView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({ status: 200, body: await list(ctx, params, query) }),
});
