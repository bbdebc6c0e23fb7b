import { findItems, type Item, queryAll, type Reading } from '../table/client.ts';
import { nudge, rests } from './nudge.ts';
import {
  type Operation,
  operationIdIn,
  operationSort,
  parseOperation,
  runningPartition,
} from './operation.item.ts';

/** What runs at the moment, over all organizations. */
export type Sweep = {
  /** Also those that can't be read. */
  running: number;
  /** How many of them nothing drove: they were woken. */
  woken: number;
  /** How many could not be read, or should have been woken and were not. */
  failed: number;
  /** Since the oldest was accepted; 0 when none runs. */
  oldestMilliseconds: number;
  /** Since the one that rests longest last moved; 0 when none runs. */
  restingMilliseconds: number;
};

type Tell = (failure: unknown, operationId: string) => void;

/** Writes under way at a time. */
const mostAtOnce = 10;

/**
 * Looks after all running operations: counts them, and wakes those that nothing drives. The index finds them, the table
 * decides (access pattern A17). Each for itself: `tell` hears of every one that failed, and the others go on. Behind the
 * deadline none is woken: those that are left have failed, and the next sweep comes to them. Throws `throttled`,
 * `try_again` when the operations can't be read at all.
 */
export async function sweepOperations(ctx: Reading, tell: Tell = () => undefined): Promise<Sweep> {
  let failed = 0;
  const fails: Tell = (failure, operationId) => {
    failed += 1;
    tell(failure, operationId);
  };
  const running = await runningItems(ctx);
  const operations = running.flatMap((item) => readable(item, fails) ?? []);
  const woken = await wakeAll(
    ctx,
    operations.filter((operation) => rests(ctx, operation)),
    fails,
  );
  return {
    running: running.length,
    woken,
    failed,
    oldestMilliseconds: longest(
      ctx,
      operations.map(({ createdAt }) => createdAt),
    ),
    restingMilliseconds: longest(
      ctx,
      operations.map(({ movedAt }) => movedAt),
    ),
  };
}

/** As they stand in the table: what this version does not know runs too. */
async function runningItems(ctx: Reading): Promise<Item[]> {
  const marks = await Array.fromAsync(queryAll(ctx, { partition: runningPartition, onIndex: true }));
  const items = await findItems(
    ctx,
    marks.map(({ pk }) => ({ pk, sk: operationSort })),
  );
  return items.filter(({ state }) => state !== 'completed');
}

function readable(item: Item, fails: Tell): Operation | undefined {
  try {
    return parseOperation(item);
  } catch (error) {
    fails(error, operationIdIn(item));
    return undefined;
  }
}

/** Answers how many it woke. */
async function wakeAll(ctx: Reading, resting: readonly Operation[], fails: Tell): Promise<number> {
  let woken = 0;
  const waiting = resting.values();
  const wakeNext = async () => {
    for (const operation of waiting) {
      try {
        if (ctx.now().getTime() >= ctx.deadline) throw new Error('There was no time left to wake it.');
        if (await nudge(ctx, operation)) woken += 1;
      } catch (error) {
        fails(error, operation.operationId);
      }
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, wakeNext));
  return woken;
}

/** The longest time since any of these; one that is no time is passed over. */
function longest(ctx: Reading, times: readonly string[]): number {
  const now = ctx.now().getTime();
  return times.reduce((most, time) => Math.max(most, now - Date.parse(time) || 0), 0);
}
