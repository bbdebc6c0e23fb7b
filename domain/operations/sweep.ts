import { findItems, queryAll, type Reading } from '../table/client.ts';
import { nudge } from './nudge.ts';
import { operationKey, parseOperation, parseRunning, runningPartition } from './operation.item.ts';

/** What runs at the moment, over all organizations. */
export type Sweep = {
  running: number;
  /** How many of them nothing drove: they were woken. */
  woken: number;
  /** Since the oldest was accepted; 0 when none runs. */
  oldestMilliseconds: number;
  /** Since the one that rests longest last moved; 0 when none runs. */
  restingMilliseconds: number;
};

/**
 * Looks after all running operations: counts them, and wakes those that nothing drives. The index finds them, the table
 * decides (access pattern A17). Throws `throttled`, `try_again`.
 */
export async function sweepOperations(ctx: Reading): Promise<Sweep> {
  const found = await Array.fromAsync(queryAll(ctx, { partition: runningPartition, onIndex: true }));
  const keys = found.map(parseRunning).map(({ orgId, operationId }) => operationKey(orgId, operationId));
  const operations = (await findItems(ctx, keys)).map(parseOperation);
  const running = operations.filter(({ state }) => state === 'running');
  const now = ctx.now().getTime();
  const longest = (times: string[]) => Math.max(0, ...times.map((time) => now - Date.parse(time)));
  let woken = 0;
  for (const operation of running) if (await nudge(ctx, operation)) woken += 1;
  return {
    running: running.length,
    woken,
    oldestMilliseconds: longest(running.map(({ createdAt }) => createdAt)),
    restingMilliseconds: longest(running.map(({ movedAt }) => movedAt)),
  };
}
