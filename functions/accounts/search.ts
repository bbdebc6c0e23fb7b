import {
  AccountSearchQuery,
  FoundAccount,
  searchAccounts as find,
} from '../../domain/connections/searchAccounts.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const searchAccounts = route({
  operationId: 'searchAccounts',
  method: 'GET',
  path: '/v1/accounts',
  summary: 'The accounts that the caller could copy from all their workspaces, each once per origin.',
  group: 'connections',
  access: 'member',
  query: AccountSearchQuery,
  answers: { 200: pageSchema(FoundAccount) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { query }) => ({ status: 200, body: await find(ctx, query) }),
});
