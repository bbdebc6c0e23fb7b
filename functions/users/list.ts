import { listUsers as list, UsersQuery } from '../../domain/users/listUsers.ts';
import { UserView } from '../../domain/users/user.view.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listUsers = route({
  operationId: 'listUsers',
  method: 'GET',
  path: '/v1/users',
  summary: 'The people of the organization, each with their workspaces, by part of name or email.',
  group: 'workspaces',
  access: 'anyAdmin',
  query: UsersQuery,
  answers: { 200: pageSchema(UserView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { query }) => ({ status: 200, body: await list(ctx, query) }),
});
