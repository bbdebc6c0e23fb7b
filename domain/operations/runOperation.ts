import { type Context, timestamp, type UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import { eventPuts } from '../events/event.ts';
import type { OperationId, OrgId } from '../ids.ts';
import { type Action, merged, put, update } from '../table/action.ts';
import { findItem, isPassing } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { actionsPerTransaction, Stale, transact } from '../table/transact.ts';
import { mostPerStep } from './acceptOperation.ts';
import { finishOperation, giveOperationUp } from './finishOperation.ts';
import {
  type Operation,
  operationKey,
  parseOperation,
  type Skipped,
  skippedItem,
  type WorkItem,
} from './operation.item.ts';
import { itemsToNextPage, readPlan } from './plan.ts';
import { planStep, type StepPlan, skippedOf } from './planStep.ts';

/** Steps that an operation takes before it yields its place to others. */
const stepsPerTurn = 5;
/** Unforeseen failures in a row after which a single item, or the end, is given up. */
const mostAttempts = 5;
/** Times in a row that what a single item, or the end, rests on may have changed meanwhile: what never holds has failed. */
const mostStale = 20;

/**
 * One turn of an operation: a few steps, each a transaction that also moves the cursor, so that a step happens exactly
 * once whoever tries it and however often. `seenVersion` is that of the stream record that woke the worker: any but the
 * latest is ignored, and the last write of a turn makes the record that brings on the next one. Answers the operation as
 * it stands behind the turn; nothing where the record was not the latest, or another worker has moved it. `tell` hears
 * of failures that nobody foresaw: they are tried again, and after some times their item is given up, or the end
 * that they stand in the way of. Throws `throttled`, `try_again`, `Stale`: the record comes again.
 */
export async function runTurn(
  ctx: Omit<Context, 'actor' | 'idempotency'>,
  at: { orgId: OrgId; operationId: OperationId; seenVersion: number },
  tell: (failure: unknown) => void = () => undefined,
): Promise<Operation | undefined> {
  const item = await findItem(ctx, operationKey(at.orgId, at.operationId));
  let operation = item && parseOperation(item);
  if (operation?.state !== 'running' || operation.version !== at.seenVersion) return undefined;
  const acting = { ...actingFor(ctx, operation), tell };
  for (let n = 0; n < stepsPerTurn && operation.done < operation.total; n++) {
    const next = await step(acting, operation);
    if (!next || next.attempts > 0) return next;
    operation = next;
  }
  return operation.done < operation.total ? operation : end(acting, operation);
}

type Acting = UserContext & { tell: (failure: unknown) => void };

/** On behalf of whoever started it. */
function actingFor(ctx: Omit<Context, 'actor' | 'idempotency'>, { orgId, actor }: Operation): UserContext {
  return { ...ctx, actor: { kind: 'user', orgId, ...actor }, idempotency: undefined };
}

/**
 * One step; smaller after a conflict or a refusal, until the one item that can't be done is skipped. Nothing when another
 * worker has moved the operation.
 */
async function step(ctx: Acting, operation: Operation, stale = 0): Promise<Operation | undefined> {
  const items = await readableItems(ctx, operation);
  if (!items) return unreadable(ctx, operation);
  try {
    const { plan, count } = await fitting(ctx, operation, items);
    return await move(ctx, operation, {
      count,
      skipped: plan.skipped,
      actions: plan.actions,
      events: plan.events,
    });
  } catch (error) {
    const smaller = { ...operation, stepSize: Math.max(1, Math.floor(items.length / 2)) };
    if (isPassing(error) || items.length > 1) return again(ctx, smaller, error, stale);
    if (error instanceof Stale && stale < mostStale) return again(ctx, smaller, error, stale + 1);
    if (!(error instanceof DomainError)) ctx.tell(error);
    if (!(error instanceof DomainError) && operation.attempts + 1 < mostAttempts) return failed(ctx, smaller);
    const code = error instanceof DomainError ? error.code : 'internal_error';
    return move(ctx, smaller, {
      count: 1,
      skipped: items.map((item) => skippedOf(operation, item, code)),
      actions: [],
      events: [],
    });
  }
}

/** The end, which comes whatever stands in its way. Nothing when another worker has moved the operation. */
async function end(ctx: Acting, operation: Operation, stale = 0): Promise<Operation | undefined> {
  try {
    await tryToEnd(ctx, operation);
  } catch (error) {
    if (isPassing(error)) throw error;
    if (error instanceof Stale && stale < mostStale) return again(ctx, operation, error, stale + 1);
    if (!(error instanceof DomainError)) {
      ctx.tell(error);
      return failed(ctx, operation);
    }
    await giveOperationUp(ctx, operation, error.code, { isFreed: true });
  }
  return { ...operation, state: 'completed' };
}

/** As it should end; after some failures without that, and after as many more without giving its workspace back. */
function tryToEnd(ctx: UserContext, operation: Operation): Promise<void> {
  const { attempts } = operation;
  if (attempts < mostAttempts) return finishOperation(ctx, operation);
  return giveOperationUp(ctx, operation, 'internal_error', { isFreed: attempts < 2 * mostAttempts });
}

/** Tries again with fewer items while there is time; what is left is for the next delivery of the stream record. */
async function again(
  ctx: Acting,
  smaller: Operation,
  error: unknown,
  stale: number,
): Promise<Operation | undefined> {
  const pause = Math.floor(ctx.random() * 200);
  if (ctx.now().getTime() + pause >= ctx.deadline) throw error;
  ctx.meter.retries += 1;
  await ctx.sleep(pause);
  const item = await findItem(ctx, operationKey(smaller.orgId, smaller.operationId));
  if (!item || parseOperation(item).version !== smaller.version) return undefined;
  const onward = smaller.done < smaller.total ? step : end;
  return onward(ctx, smaller, stale);
}

/** Keeps count of a failure that nobody foresaw; the write wakes the next turn. */
async function failed(ctx: UserContext, operation: Operation): Promise<Operation> {
  const next = {
    ...operation,
    attempts: operation.attempts + 1,
    movedAt: timestamp(ctx),
    version: operation.version + 1,
  };
  await transact(ctx, [moved(operation, next)]);
  return next;
}

/** The items of the next step, of one kind and from one page of the plan; nothing where the plan can't be understood; storage that does not answer is thrown. */
async function readableItems(ctx: UserContext, operation: Operation): Promise<WorkItem[] | undefined> {
  const items = (await readPlan(ctx, operation, operation.done))?.slice(0, operation.stepSize);
  const end = items?.findIndex(({ kind }) => kind !== items[0]?.kind);
  return end === undefined || end < 0 ? items : items?.slice(0, end);
}

/** A page of the plan that can't be read is given up as a whole, so that the workspace is not held for ever. */
async function unreadable(ctx: Acting, operation: Operation): Promise<Operation> {
  ctx.tell(new Error(`A page of the plan of ${operation.operationId} can't be read.`));
  if (operation.attempts + 1 < mostAttempts) return failed(ctx, operation);
  const count = await itemsToNextPage(ctx, operation, operation.done);
  const { workspaceId } = operation;
  const skipped = [{ ...(workspaceId && { workspaceId }), code: 'internal_error' }];
  return move(ctx, operation, { count, skipped, actions: [], events: [] });
}

/** As many of the items as one transaction holds. */
async function fitting(
  ctx: UserContext,
  operation: Operation,
  items: readonly WorkItem[],
): Promise<{ plan: StepPlan; count: number }> {
  // Out of several workspaces goes one at a time: each has its own last admin.
  const count = operation.kind === 'user.remove' ? 1 : items.length;
  const plan = await planStep(ctx, operation, items.slice(0, count));
  const size = merged(plan.actions).length + plan.events.length + (plan.skipped.length > 0 ? 2 : 1);
  if (size <= actionsPerTransaction) return { plan, count };
  const fewer = Math.max(1, Math.min(count - 1, Math.floor((count * actionsPerTransaction) / size)));
  return fitting(ctx, operation, items.slice(0, fewer));
}

type Move = { count: number; skipped: Skipped[] } & Pick<StepPlan, 'actions' | 'events'>;

/** The step's effect and the cursor behind it, in one transaction. */
async function move(
  ctx: UserContext,
  operation: Operation,
  { count, skipped, actions, events }: Move,
): Promise<Operation> {
  const { done } = operation;
  const next: Operation = {
    ...operation,
    done: done + count,
    skippedCount: operation.skippedCount + skipped.length,
    stepSize: Math.min(mostPerStep, operation.stepSize * 2),
    attempts: 0,
    movedAt: timestamp(ctx),
    version: operation.version + 1,
  };
  const listed: Action[] =
    skipped.length > 0
      ? [put(skippedItem(operation, String(done).padStart(8, '0'), skipped, ctx.now()))]
      : [];
  await transact(ctx, [moved(operation, next), ...actions, ...listed, ...eventPuts(ctx, events)]);
  return next;
}

function moved(
  operation: Operation,
  { done, skippedCount, stepSize, attempts, movedAt, version }: Operation,
): Action {
  return update(
    operationKey(operation.orgId, operation.operationId),
    { set: { done, skippedCount, stepSize, attempts, movedAt, version } },
    {
      when: [
        equals('done', operation.done),
        equals('version', operation.version),
        equals('state', 'running'),
      ],
    },
  );
}
