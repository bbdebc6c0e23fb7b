import * as z from 'zod/mini';
import { OperationSummary } from '../../domain/operations/getOperation.ts';
import { deleteWorkspace as remove } from '../../domain/workspaces/deleteWorkspace.ts';
import { route } from '../http/route.ts';
import { inWorkspace } from '../http/schemas.ts';

export const deleteWorkspace = route({
  operationId: 'deleteWorkspace',
  method: 'DELETE',
  path: '/v1/workspaces/{workspaceId}',
  summary: 'Deletes a workspace with everything in it and gives its place under the limit back.',
  group: 'workspaces',
  access: 'admin',
  params: inWorkspace,
  answers: { 202: z.object({ operation: OperationSummary }), 204: undefined },
  errors: ['not_found', 'connection_has_copies', 'workspace_busy'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => {
    const deleted = await remove(ctx, params.workspaceId, expectedVersion);
    return deleted ? { status: 202, body: deleted } : { status: 204 };
  },
});
