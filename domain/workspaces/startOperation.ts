import type { UserContext } from '../context.ts';
import { timestamp } from '../context.ts';
import type { Operation } from '../operations/operation.item.ts';
import { type Action, type Changes, update } from '../table/action.ts';
import { type Condition, equals } from '../table/condition.ts';
import { type Workspace, workspaceKey } from './workspace.item.ts';

/** Hands an active workspace, as it was read, to an operation: other writes wait until it is done. */
export function startOperation(
  ctx: UserContext,
  { orgId, workspaceId, version }: Workspace,
  { operationId }: Operation,
  status: 'updating' | 'deleting',
  { set, when = [] }: { set?: NonNullable<Changes['set']>; when?: readonly Condition[] } = {},
): Action {
  return update(
    workspaceKey(orgId, workspaceId),
    { set: { ...set, status, operationId, updatedAt: timestamp(ctx) }, add: { version: 1 } },
    { when: [equals('status', 'active'), equals('version', version), ...when] },
  );
}
