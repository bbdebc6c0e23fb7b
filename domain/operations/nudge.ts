import { timestamp } from '../context.ts';
import { update } from '../table/action.ts';
import type { Reading } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { Stale, transact } from '../table/transact.ts';
import { type Operation, operationKey } from './operation.item.ts';

/** A running operation moves every few seconds; one that has not for so long has lost its stream record. */
const restingMilliseconds = 60_000;

/** Whether it runs, and nothing has driven it for so long. */
export function rests(
  ctx: Pick<Reading, 'now'>,
  { state, movedAt, wokenAt = movedAt }: Pick<Operation, 'state' | 'movedAt' | 'wokenAt'>,
): boolean {
  const latest = Math.max(Date.parse(movedAt), Date.parse(wokenAt));
  const moves = ctx.now().getTime() - latest < restingMilliseconds;
  return state === 'running' && !moves;
}

/**
 * Wakes an operation that nothing drives any more, because the stream gave up on its record: a write that changes its
 * version makes a new one. Whoever asks how it goes sets it going, and so does the sweep. Answers whether it did.
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
