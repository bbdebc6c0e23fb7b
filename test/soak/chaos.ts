import { setTimeout as pause } from 'node:timers/promises';
import type { StorageFault } from '../support/storageProxy.ts';
import type { Random } from './random.ts';
import type { SoakedStack } from './stack.ts';
import type { Tally } from './tally.ts';

export type ChaosOptions = {
  stack: SoakedStack;
  random: Random;
  tally: Tally;
  organizationIds: readonly [string, ...string[]];
  /** When to begin nothing any more, on the clock of `performance.now()`. */
  until: number;
};

const kinds = ['error', 'error', 'reset', 'lost', 'slow'] as const satisfies readonly StorageFault['kind'][];
const kills = ['engine', 'engine', 'node', 'everything'] as const;
const longestFaultSeconds = 30;

/** One misfortune after another, with pauses between, until the time is over. Leaves the stack running and unhurt. */
export async function chaos(options: ChaosOptions): Promise<void> {
  const { random, until } = options;
  for (; performance.now() < until; await pause(random.between(1_000, 6_000))) {
    if (random.next() < 0.6) await spoilStorage(options);
    else await killSomething(options);
  }
}

async function spoilStorage({ stack, random, tally, organizationIds, until }: ChaosOptions): Promise<void> {
  const kind = random.pick(kinds);
  const about = scopeOf(random, random.pick(organizationIds));
  // Most are short: a square makes the long ones rare.
  const seconds = 1 + (longestFaultSeconds - 1) * random.next() ** 2;
  tally.count(`storage fault: ${kind}, ${about === undefined ? 'all calls' : 'one partition'}`);
  await stack.setFault({ kind, ...(about !== undefined && { about }) });
  await pause(Math.min(seconds * 1_000, Math.max(1_000, until - performance.now())));
  await stack.setFault(undefined);
}

/** All calls, or those that name one kind of partition of one organization. */
function scopeOf(random: Random, organizationId: string): string | undefined {
  const partition = `ORG#${organizationId}`;
  return random.pick([
    undefined,
    `"${partition}"`,
    `${partition}#WORKSPACE`,
    `${partition}#EVENTS`,
    `${partition}#OPERATION`,
    partition,
  ]);
}

async function killSomething({ stack, random, tally }: ChaosOptions): Promise<void> {
  const what = random.pick(kills);
  tally.count(`kill -9: ${what}`);
  await stack.kill(what);
  if (what === 'engine') return;
  await pause(random.between(0, 2_000));
  await stack.startAgain();
}
