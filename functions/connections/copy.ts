import * as z from 'zod/mini';
import { ConnectionView } from '../../domain/connections/connection.view.ts';
import { CopyConnections, copyConnections as copy } from '../../domain/connections/copyConnections.ts';
import { OperationSummary } from '../../domain/operations/getOperation.ts';
import { route } from '../http/route.ts';
import { inWorkspace } from '../http/schemas.ts';

const Skipped = z.object({ workspaceId: z.string(), connectionId: z.string(), code: z.string() });

export const copyConnections = route({
  operationId: 'copyConnections',
  method: 'POST',
  path: '/v1/workspaces/{workspaceId}/connections/copy',
  summary: 'Copies connections of other workspaces into this one, each with only its selected accounts.',
  group: 'connections',
  access: 'editor',
  params: inWorkspace,
  body: CopyConnections,
  answers: {
    201: z.object({
      items: z.array(ConnectionView),
      /** The first 1,000. */
      skipped: z.array(Skipped),
      skippedCount: z.int(),
    }),
    202: z.object({ operation: OperationSummary }),
  },
  errors: [
    'not_found',
    'already_connected',
    'account_not_available',
    'connection_limit_reached',
    'workspace_busy',
  ],
  handle: async (ctx, { params, body }) => {
    const copied = await copy(ctx, params.workspaceId, body);
    return { status: 'operation' in copied ? 202 : 201, body: copied };
  },
});
