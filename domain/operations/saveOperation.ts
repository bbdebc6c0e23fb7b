import { timestamp, type UserContext } from '../context.ts';
import { commit } from '../events/commit.ts';
import type { EventDraft } from '../events/event.ts';
import { type Action, put, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { Stale, transact } from '../table/transact.ts';
import { mostPerStep } from './acceptOperation.ts';
import { pauseMilliseconds } from './judgeFailure.ts';
import { type Operation, operationKey, type Skipped, skippedItem } from './operation.item.ts';

/** How many items more a step tries after one that went well. */
const stepGrowth = 4;

/** Conflicts make a step of several items smaller soon; a single item, which can't be, is tried for longer. */
const tryManyMilliseconds = 1_000;
const tryOneMilliseconds = 5_000;

/** What a step did: how many items of the plan are behind it, and what it takes to write that. */
export type Step = {
  count: number;
  skipped: readonly Skipped[];
  actions: readonly Action[];
  events: readonly EventDraft[];
  /** What was given up does not end the time for which the operation fails: what comes next may fail just so. */
  isGivenUp?: boolean;
};

/** Writes the effect of a step and the cursor behind it, in one transaction. Throws `Stale` when it was moved meanwhile. */
export async function saveStep(
  ctx: UserContext,
  operation: Operation,
  { count, skipped, actions, events, isGivenUp = false }: Step,
): Promise<Operation> {
  const { done } = operation;
  const { nextTryAt: _, failingSince, ...rest } = operation;
  const next: Operation = {
    ...rest,
    done: done + count,
    skippedCount: operation.skippedCount + skipped.length,
    stepSize: Math.min(mostPerStep, operation.stepSize + stepGrowth),
    attempts: 0,
    ...(isGivenUp && failingSince !== undefined && { failingSince }),
    movedAt: timestamp(ctx),
    version: operation.version + 1,
  };
  const listed: Action[] =
    skipped.length > 0
      ? [put(skippedItem(operation, String(done).padStart(8, '0'), skipped, ctx.now()))]
      : [];
  await commit(ctx, [saved(operation, next), ...actions, ...listed], events, {
    tryForMilliseconds: count > 1 ? tryManyMilliseconds : tryOneMilliseconds,
  });
  return next;
}

/**
 * Hands an operation back that came to nothing in this turn: for a growing pause, behind which the sweep wakes it. Only
 * `failure`s without a break between them add up to the hours after which something is given up. Nothing when it was moved
 * meanwhile.
 */
export async function savePause(
  ctx: UserContext,
  operation: Operation,
  { isFailure }: { isFailure: boolean },
): Promise<Operation | undefined> {
  const now = ctx.now();
  const { failingSince = now.toISOString(), ...rest } = operation;
  const pause = pauseMilliseconds(operation.attempts, ctx.random);
  return saveAlone(ctx, operation, {
    ...rest,
    ...(isFailure && { failingSince }),
    attempts: operation.attempts + 1,
    nextTryAt: new Date(now.getTime() + pause).toISOString(),
  });
}

/** Hands an operation back whose time in this turn is over: the write brings on the next one. */
export async function saveTurn(ctx: UserContext, operation: Operation): Promise<Operation | undefined> {
  return saveAlone(ctx, operation, operation);
}

async function saveAlone(
  ctx: UserContext,
  before: Operation,
  after: Operation,
): Promise<Operation | undefined> {
  const next = { ...after, version: before.version + 1 };
  try {
    await transact(ctx, [saved(before, next)]);
    return next;
  } catch (error) {
    if (error instanceof Stale) return undefined;
    throw error;
  }
}

function saved(before: Operation, next: Operation): Action {
  const { done, skippedCount, stepSize, attempts, movedAt, failingSince, nextTryAt, version } = next;
  const gone = (['failingSince', 'nextTryAt'] as const).filter(
    (name) => before[name] !== undefined && next[name] === undefined,
  );
  return update(
    operationKey(before.orgId, before.operationId),
    {
      set: { done, skippedCount, stepSize, attempts, movedAt, failingSince, nextTryAt, version },
      remove: gone,
    },
    {
      when: [equals('done', before.done), equals('version', before.version), equals('state', 'running')],
    },
  );
}
