import * as z from 'zod/mini';
import { UserId } from '../../domain/ids.ts';
import { OperationSummary } from '../../domain/operations/getOperation.ts';
import { removeUser as remove } from '../../domain/users/removeUser.ts';
import { route } from '../http/route.ts';

export const removeUser = route({
  operationId: 'removeUser',
  method: 'DELETE',
  path: '/v1/users/{userId}',
  summary: 'Takes somebody out of every workspace and of the organization.',
  group: 'workspaces',
  access: 'owner',
  params: z.object({ userId: UserId }),
  answers: { 202: z.object({ operation: OperationSummary }), 204: undefined },
  errors: ['not_found', 'last_admin', 'last_owner'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => {
    const removed = await remove(ctx, params.userId, expectedVersion);
    return removed ? { status: 202, body: removed } : { status: 204 };
  },
});
