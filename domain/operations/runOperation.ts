import type { Context, UserContext } from '../context.ts';
import { DomainError, type ErrorCode } from '../errors.ts';
import { itemCountOf } from '../events/event.ts';
import type { OperationId, OrgId } from '../ids.ts';
import { merged } from '../table/action.ts';
import { findItem } from '../table/client.ts';
import { actionsPerTransaction, Stale } from '../table/transact.ts';
import { finishOperation, giveOperationUp } from './finishOperation.ts';
import { judgeFailure } from './judgeFailure.ts';
import { isPaused } from './nudge.ts';
import {
  type Operation,
  operationKey,
  parseOperation,
  type Skipped,
  type WorkItem,
} from './operation.item.ts';
import { itemsToNextPage, readPlan } from './plan.ts';
import { planStep, type StepPlan, skippedOf } from './planStep.ts';
import { savePause, saveStep, saveTurn } from './saveOperation.ts';

/** Steps that an operation takes before it yields its place to others. */
const stepsPerTurn = 5;
/** Of a removal each step is one workspace. */
const removalStepsPerTurn = 25;
/** What is left of the time of a turn to hand the operation back. */
const handBackMilliseconds = 2_000;
/** How long the end is tried in a turn. */
const tryEndMilliseconds = 5_000;
/** Items that are skipped together when one reason is that of all. */
const skippedAtOnce = 500;

/** Hears what went wrong in a turn. */
export type TurnReport = {
  /** A failure that nobody foresaw. The step comes again. */
  failed: (failure: unknown) => void;
  /** So many items, or the end, have failed for hours and are listed as skipped with `internal_error`. */
  gaveUp: (items: number) => void;
};

const unheard: TurnReport = { failed: () => undefined, gaveUp: () => undefined };

/**
 * One turn of an operation: a few steps, each a transaction that also moves the cursor, so that a step happens exactly
 * once whoever tries it and however often. `seenVersion` is that of the stream record that woke the worker: any but the
 * latest is ignored, and the last write of a turn makes the record that brings on the next one. An operation that pauses
 * does nothing. Answers the operation as it is behind the turn; nothing where there was nothing to do, or another worker
 * has moved it. Throws `throttled`, `try_again` when the operation itself can't be read or written: the record comes again.
 */
export async function runTurn(
  ctx: Omit<Context, 'actor' | 'idempotency'>,
  at: { orgId: OrgId; operationId: OperationId; seenVersion: number },
  report: TurnReport = unheard,
): Promise<Operation | undefined> {
  const item = await findItem(ctx, operationKey(at.orgId, at.operationId));
  let operation = item && parseOperation(item);
  if (operation?.state !== 'running' || operation.version !== at.seenVersion) return undefined;
  if (isPaused(ctx, operation)) return undefined;
  const acting = actingFor(ctx, operation, report);
  const steps = operation.kind === 'user.remove' ? removalStepsPerTurn : stepsPerTurn;
  for (let n = 0; n < steps && operation.done < operation.total; n++) {
    if (n > 0 && acting.now().getTime() >= acting.deadline) return operation;
    const next = await step(acting, operation, 0);
    if (!next || next.done === operation.done) return next;
    operation = next;
  }
  return operation.done < operation.total ? operation : end(acting, operation, 0);
}

type Acting = UserContext & { report: TurnReport; handBackUntil: number };

/** On behalf of whoever started it, with some time kept to hand the operation back. */
function actingFor(
  ctx: Omit<Context, 'actor' | 'idempotency'>,
  { orgId, actor }: Operation,
  report: TurnReport,
): Acting {
  const { deadline } = ctx;
  return {
    ...ctx,
    actor: { kind: 'user', orgId, ...actor },
    idempotency: undefined,
    report,
    deadline: deadline - handBackMilliseconds,
    handBackUntil: deadline,
  };
}

/** One step of as many items as go together. Nothing when another worker has moved the operation. */
async function step(ctx: Acting, operation: Operation, stale: number): Promise<Operation | undefined> {
  let tried: readonly WorkItem[] = [];
  try {
    const items = await readItems(ctx, operation);
    // Out of several workspaces goes one at a time: each has its own last admin.
    tried = items.slice(0, operation.kind === 'user.remove' ? 1 : operation.stepSize);
    let plan = await planStep(ctx, operation, tried);
    for (let size = sizeOf(plan); size > actionsPerTransaction; size = sizeOf(plan)) {
      if (tried.length === 1) throw new Error(`One item takes ${size} actions.`);
      const fewer = Math.min(tried.length - 1, Math.floor((tried.length * actionsPerTransaction) / size));
      tried = tried.slice(0, Math.max(1, fewer));
      plan = await planStep(ctx, operation, tried);
    }
    return plan.refusal
      ? await saveStep(ctx, operation, without(operation, items.slice(0, skippedAtOnce), plan.refusal))
      : await saveStep(ctx, operation, { ...plan, count: tried.length });
  } catch (error) {
    const verdict = judge(ctx, operation, { error, items: Math.max(1, tried.length), stale });
    if (verdict.next === 'pause') return savePause(handingBack(ctx), operation, verdict);
    if (verdict.next === 'retry') {
      const stepSize = Math.max(1, Math.floor(tried.length / 2));
      return again(ctx, { ...operation, stepSize }, verdict.stale, step);
    }
    const left =
      tried.length > 0 ? without(operation, tried, verdict.code) : await withoutPage(ctx, operation);
    const isGivenUp = verdict.next === 'giveUp';
    const next = await saveStep(handingBack(ctx), operation, { ...left, isGivenUp }).catch(unlessStale);
    if (next && isGivenUp) ctx.report.gaveUp(left.count);
    return next;
  }
}

/** The end, with `code` for an operation that can't be finished. It is tried until the workspace has been given back. */
async function end(
  ctx: Acting,
  operation: Operation,
  stale: number,
  code?: ErrorCode,
): Promise<Operation | undefined> {
  const limited = { ...ctx, deadline: Math.min(ctx.deadline, ctx.now().getTime() + tryEndMilliseconds) };
  try {
    await (code === undefined
      ? finishOperation(limited, operation)
      : giveOperationUp(limited, operation, code));
    if (code === 'internal_error') ctx.report.gaveUp(1);
    return { ...operation, state: 'completed' };
  } catch (error) {
    const verdict = judge(ctx, operation, { error, items: 0, stale });
    if (verdict.next === 'retry')
      return again(ctx, operation, verdict.stale, (...next) => end(...next, code));
    if (verdict.next === 'pause') return savePause(handingBack(ctx), operation, verdict);
    return code === undefined
      ? end(ctx, operation, 0, verdict.code)
      : savePause(handingBack(ctx), operation, { isFailure: true });
  }
}

function judge(
  { report, now }: Acting,
  operation: Operation,
  trouble: { error: unknown; items: number; stale: number },
) {
  const verdict = judgeFailure({ operation, now: now(), ...trouble });
  const isForeseen =
    trouble.error instanceof DomainError || (trouble.error instanceof Stale && verdict.next === 'retry');
  if (!isForeseen) report.failed(trouble.error);
  return verdict;
}

/** Tries again while there is time; else the next turn does. */
async function again(
  ctx: Acting,
  operation: Operation,
  stale: number,
  onward: (ctx: Acting, operation: Operation, stale: number) => Promise<Operation | undefined>,
): Promise<Operation | undefined> {
  const pause = Math.floor(ctx.random() * 200);
  if (ctx.now().getTime() + pause >= ctx.deadline) return saveTurn(handingBack(ctx), operation);
  ctx.meter.retries += 1;
  await ctx.sleep(pause);
  const item = await findItem(ctx, operationKey(operation.orgId, operation.operationId));
  if (!item || parseOperation(item).version !== operation.version) return undefined;
  return onward(ctx, operation, stale);
}

function handingBack(ctx: Acting): UserContext {
  return { ...ctx, deadline: ctx.handBackUntil };
}

function unlessStale(error: unknown): undefined {
  if (!(error instanceof Stale)) throw error;
}

/** The next items of the plan that are of one kind and on one page. */
async function readItems(ctx: UserContext, operation: Operation): Promise<WorkItem[]> {
  const items = await readPlan(ctx, operation, operation.done);
  if (!items) throw new Error(`A page of the plan of ${operation.operationId} can't be read.`);
  const otherKind = items.findIndex(({ kind }) => kind !== items[0]?.kind);
  return otherKind < 0 ? items : items.slice(0, otherKind);
}

function sizeOf({ actions, events, skipped }: StepPlan): number {
  const eventItems = events.reduce((sum, draft) => sum + itemCountOf(draft), 0);
  return merged(actions).length + eventItems + (skipped.length > 0 ? 2 : 1);
}

type Left = { count: number; skipped: Skipped[]; actions: []; events: [] };

function without(operation: Operation, items: readonly WorkItem[], code: ErrorCode): Left {
  const skipped = items.map((item) => skippedOf(operation, item, code));
  return { count: items.length, skipped, actions: [], events: [] };
}

/** A page of the plan that can't be read is left out as a whole. */
async function withoutPage(ctx: UserContext, operation: Operation): Promise<Left> {
  const { done, workspaceId } = operation;
  const count = await itemsToNextPage(ctx, operation, done);
  const skipped = [{ ...(workspaceId && { workspaceId }), code: 'internal_error' }];
  return { count, skipped, actions: [], events: [] };
}
