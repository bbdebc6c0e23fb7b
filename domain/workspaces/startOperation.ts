import type { UserContext } from '../context.ts';
import { timestamp } from '../context.ts';
import type { Operation } from '../operations/operation.item.ts';
import { type Action, update } from '../table/action.ts';
import { type Condition, equals } from '../table/condition.ts';
import { type Workspace, workspaceKey } from './workspace.item.ts';

type Texts = Pick<Workspace, 'name' | 'description'>;

/**
 * Hands an active workspace, as it was read, to an operation: other writes wait until it is done. Its version moves with
 * another name or description; with people and connections in the steps that change them.
 */
export function startOperation(
  ctx: UserContext,
  workspace: Workspace,
  { operationId }: Operation,
  status: 'updating' | 'deleting',
  { texts, when = [] }: { texts?: Texts; when?: readonly Condition[] } = {},
): Action {
  const { orgId, workspaceId, version } = workspace;
  const { name, description } = { ...workspace, ...texts };
  const isRenamed = name !== workspace.name || description !== workspace.description;
  const set = { name, description, status, operationId, updatedAt: timestamp(ctx) };
  return update(
    workspaceKey(orgId, workspaceId),
    { set, ...(isRenamed && { add: { version: 1 } }) },
    { when: [equals('status', 'active'), equals('version', version), ...when] },
  );
}
