import { timestamp, type UserContext } from '../context.ts';
import type { UserId, WorkspaceId } from '../ids.ts';
import { type Action, put } from '../table/action.ts';
import { putItem } from '../table/client.ts';
import { absent } from '../table/condition.ts';
import {
  type Operation,
  type OperationKind,
  operationItem,
  runningItem,
  type Skipped,
  skippedItem,
  type WorkItem,
} from './operation.item.ts';
import { writePlan } from './plan.ts';

/**
 * Two actions each for copies of originals, and seven more: who it runs for, their right and the workspace on both sides,
 * operation, event.
 */
export const mostPerStep = 46;

export type Asked = { kind: OperationKind; workspaceId?: WorkspaceId; userId?: UserId };

/**
 * Writes the plan of an operation, page by page as its items come, and gives the operation with the actions that accept
 * it: put in the transaction of what the client is promised. Memory does not grow with the plan.
 */
export async function planOperation(
  ctx: UserContext,
  asked: Asked,
  batches: AsyncIterable<readonly WorkItem[]> | Iterable<readonly WorkItem[]>,
  passedOver: { items: readonly Skipped[]; count: number } = { items: [], count: 0 },
): Promise<{ operation: Operation; accept: Action[] }> {
  const { orgId, userId, login, email } = ctx.actor;
  const operationId = ctx.newId('opr');
  const total = await writePlan(ctx, { orgId, operationId }, batches);
  // Invisible until the operation is accepted, as the plan is.
  if (passedOver.count > 0)
    await putItem(ctx, skippedItem({ orgId, operationId }, 'planned', passedOver.items, ctx.now()));
  const operation: Operation = {
    orgId,
    operationId,
    ...asked,
    actor: { userId, login, email },
    state: 'running',
    total,
    done: 0,
    skippedCount: 0,
    ...(passedOver.count > 0 && { passedOver: passedOver.count }),
    stepSize: mostPerStep,
    attempts: 0,
    createdAt: timestamp(ctx),
    movedAt: timestamp(ctx),
    version: 1,
  };
  return {
    operation,
    accept: [put(operationItem(operation), { when: [absent] }), put(runningItem(operation))],
  };
}
