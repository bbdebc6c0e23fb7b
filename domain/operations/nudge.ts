import { timestamp } from '../context.ts';
import { update } from '../table/action.ts';
import type { Reading } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { Stale, transact } from '../table/transact.ts';
import { type Operation, operationKey } from './operation.item.ts';

/** A running operation moves every few seconds; one that has not for so long has lost its stream record. */
const restingMilliseconds = 60_000;

type Times = Pick<Operation, 'state' | 'movedAt' | 'wokenAt' | 'nextTryAt'>;

/** Whether it waits for its next try: until then a turn does nothing. */
export function isPaused(ctx: Pick<Reading, 'now'>, { nextTryAt }: Pick<Operation, 'nextTryAt'>): boolean {
  return nextTryAt !== undefined && Date.parse(nextTryAt) > ctx.now().getTime();
}

/** Whether it runs and has to be woken: its pause is over, or nothing has driven it for a minute. */
export function rests(ctx: Pick<Reading, 'now'>, { state, movedAt, wokenAt, nextTryAt }: Times): boolean {
  const now = ctx.now().getTime();
  const latest = Math.max(Date.parse(movedAt), Date.parse(wokenAt ?? movedAt));
  const isDriven =
    nextTryAt !== undefined && !(Date.parse(nextTryAt) <= latest)
      ? isPaused(ctx, { nextTryAt })
      : now - latest < restingMilliseconds;
  return state === 'running' && !isDriven;
}

/**
 * Wakes an operation that nothing drives: one whose pause is over, or whose record the stream gave up. A write that
 * changes its version makes a new record. Whoever asks how it goes sets it going, and so does the sweep. Answers whether
 * it did.
 */
export async function nudge(ctx: Reading, operation: Operation): Promise<boolean> {
  if (!rests(ctx, operation)) return false;
  const { orgId, operationId, version } = operation;
  const woken = update(
    operationKey(orgId, operationId),
    { set: { wokenAt: timestamp(ctx) }, add: { version: 1 } },
    { when: [equals('version', version), equals('state', 'running')] },
  );
  try {
    await transact(ctx, [woken]);
    return true;
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    // It moves.
    return false;
  }
}
