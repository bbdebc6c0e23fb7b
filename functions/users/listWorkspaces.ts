import * as z from 'zod/mini';
import { UserId } from '../../domain/ids.ts';
import { listUserWorkspaces as list, UserWorkspacesQuery } from '../../domain/users/listUserWorkspaces.ts';
import { WorkspaceOfUser } from '../../domain/users/user.view.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listUserWorkspaces = route({
  operationId: 'listUserWorkspaces',
  method: 'GET',
  path: '/v1/users/{userId}/workspaces',
  summary: 'The workspaces that a person is in, among those that the caller sees.',
  group: 'workspaces',
  access: 'anyAdmin',
  params: z.object({ userId: UserId }),
  query: UserWorkspacesQuery,
  answers: { 200: pageSchema(WorkspaceOfUser) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({ status: 200, body: await list(ctx, params.userId, query) }),
});
