import * as z from 'zod/mini';
import { UserId } from '../../domain/ids.ts';
import { getUser as get } from '../../domain/users/listUsers.ts';
import { UserView } from '../../domain/users/user.view.ts';
import { route } from '../http/route.ts';

export const getUser = route({
  operationId: 'getUser',
  method: 'GET',
  path: '/v1/users/{userId}',
  summary: 'One person of the organization.',
  group: 'workspaces',
  access: 'anyAdmin',
  params: z.object({ userId: UserId }),
  answers: { 200: UserView },
  errors: ['not_found'],
  handle: async (ctx, { params }) => ({ status: 200, body: await get(ctx, params.userId) }),
});
