import * as z from 'zod/mini';
import { OperationId } from '../../domain/ids.ts';
import { getOperation as get, OperationView } from '../../domain/operations/getOperation.ts';
import { route } from '../http/route.ts';

/** Seconds between two looks at a running operation. */
const retryAfterSeconds = '1';

export const getOperation = route({
  operationId: 'getOperation',
  method: 'GET',
  path: '/v1/operations/{operationId}',
  summary: 'How far an operation is, and what it had to leave out.',
  group: 'workspaces',
  access: 'member',
  params: z.object({ operationId: OperationId }),
  answers: { 200: OperationView },
  errors: ['not_found'],
  handle: async (ctx, { params }) => {
    const operation = await get(ctx, params.operationId);
    const headers: Record<string, string> =
      operation.state === 'running' ? { 'retry-after': retryAfterSeconds } : {};
    return { status: 200, body: operation, headers };
  },
});
