import { freeFor } from '../access/access.ts';
import { timestamp, type UserContext } from '../context.ts';
import type { OperationId, WorkspaceId } from '../ids.ts';
import { type Action, update } from '../table/action.ts';
import { workspaceKey } from './workspace.item.ts';

/**
 * A new version of a workspace whose connections were renamed or got another selection: a PATCH of the workspace could
 * overwrite that (docs/adr/0014). Nothing but `working` may work on it.
 */
export function workspaceChanged(ctx: UserContext, workspaceId: WorkspaceId, working?: OperationId): Action {
  return update(
    workspaceKey(ctx.actor.orgId, workspaceId),
    { add: { version: 1 }, set: { updatedAt: timestamp(ctx) } },
    { when: [freeFor(working)] },
  );
}
