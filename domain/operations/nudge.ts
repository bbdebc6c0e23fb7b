import { timestamp, type UserContext } from '../context.ts';
import { update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { Stale, transact } from '../table/transact.ts';
import { type Operation, operationKey } from './operation.item.ts';

/** A running operation moves every few seconds; one that has not for so long has lost its stream record. */
const restingMilliseconds = 60_000;

/**
 * Wakes an operation that nothing drives any more, because the stream gave up on its record: a write that changes its
 * version makes a new one. Whoever asks how it goes sets it going.
 */
export async function nudge(
  ctx: UserContext,
  { orgId, operationId, state, version, movedAt }: Operation,
): Promise<void> {
  if (state !== 'running' || ctx.now().getTime() - Date.parse(movedAt) < restingMilliseconds) return;
  const woken = update(
    operationKey(orgId, operationId),
    { set: { movedAt: timestamp(ctx) }, add: { version: 1 } },
    { when: [equals('version', version), equals('state', 'running')] },
  );
  await transact(ctx, [woken]).catch((error) => {
    // It moves.
    if (!(error instanceof Stale)) throw error;
  });
}
