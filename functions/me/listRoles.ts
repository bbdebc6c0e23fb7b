import * as z from 'zod/mini';
import { listRoles as list, RolesQuery, RoleView } from '../../domain/members/roles.ts';
import { route } from '../http/route.ts';

export const listRoles = route({
  operationId: 'listRoles',
  method: 'GET',
  path: '/v1/roles',
  summary: 'The roles, what each may do, and which of them the caller may give.',
  group: 'workspaces',
  access: 'member',
  query: RolesQuery,
  answers: { 200: z.object({ items: z.array(RoleView) }) },
  errors: ['not_found'],
  handle: async (ctx, { query }) => ({ status: 200, body: { items: await list(ctx, query.workspaceId) } }),
});
