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

/** Two actions each for copies of originals, and six more: right and workspace on both sides, operation, event. */
export const mostPerStep = 47;

/** What was passed over when the operation was planned, in its list of what was skipped. Invisible until it is accepted. */
export async function listPassed(
  ctx: UserContext,
  operation: Operation,
  passed: readonly Skipped[],
): Promise<void> {
  for (let start = 0; start < passed.length; start += passedPerItem)
    await putItem(
      ctx,
      skippedItem(operation, `planned-${start}`, passed.slice(start, start + passedPerItem), ctx.now()),
    );
}

const passedPerItem = 1_000;

export type Asked = { kind: OperationKind; workspaceId?: WorkspaceId; userId?: UserId };

/**
 * Writes the plan of an operation, page by page as its items come, and gives the operation with the actions that accept
 * it: put in the transaction of what the client is promised. Memory does not grow with the plan.
 */
export async function planOperation(
  ctx: UserContext,
  asked: Asked,
  batches: AsyncIterable<readonly WorkItem[]> | Iterable<readonly WorkItem[]>,
): Promise<{ operation: Operation; accept: Action[] }> {
  const { orgId, userId, login, email } = ctx.actor;
  const operationId = ctx.newId('opr');
  const total = await writePlan(ctx, { orgId, operationId }, batches);
  const operation: Operation = {
    orgId,
    operationId,
    ...asked,
    actor: { userId, login, email },
    state: 'running',
    total,
    done: 0,
    skippedCount: 0,
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
