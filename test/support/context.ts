import type { Actor, Context } from '../../domain/context.ts';
import { newMeter } from '../../domain/table/meter.ts';
import { aClock, type Clock } from './clock.ts';
import { countedIds } from './ids.ts';
import { testKeyring } from './keyring.ts';

/** What all contexts of one test share. */
export type World = Pick<Context, 'table' | 'keys' | 'newId'> & { clock: Clock };
export type TestContext<A extends Actor = Actor> = Context<A> & { clock: Clock };

export function aWorld(shared: Pick<World, 'table'> & Partial<World>): World {
  return { keys: testKeyring(), newId: countedIds(), clock: aClock(), ...shared };
}

const budgetMilliseconds = 10_000;
const mostSleeps = 500;

/**
 * A context in which no time passes: pauses only let others go on, chance is always the middle. The deadline is ten
 * seconds after whatever the clock shows; what would be tried for ever fails after 500 pauses.
 */
export function aContext<A extends Actor>(
  world: World,
  actor: A,
  own: Partial<Omit<Context, 'actor' | 'deadline'>> = {},
): TestContext<A> {
  let sleeps = 0;
  return {
    actor,
    table: world.table,
    keys: world.keys,
    newId: world.newId,
    clock: world.clock,
    now: world.clock.now,
    random: () => 0.5,
    sleep: async () => {
      sleeps += 1;
      if (sleeps > mostSleeps) throw new Error(`A context slept ${mostSleeps} times: it is stuck.`);
      await new Promise(setImmediate);
    },
    get deadline() {
      return world.clock.now().getTime() + budgetMilliseconds;
    },
    meter: newMeter(),
    idempotency: undefined,
    ...own,
  };
}

/** The same caller with another table, id source or idempotency key. */
export function changed<A extends Actor>(
  ctx: TestContext<A>,
  own: Partial<Omit<Context, 'actor' | 'deadline'>>,
): TestContext<A> {
  return aContext(ctx, ctx.actor, own);
}

/** A request of the same caller under an Idempotency-Key; `request` is the fingerprint of what is asked. */
export function withKey<A extends Actor>(
  ctx: TestContext<A>,
  key: string,
  request = 'the same request',
): TestContext<A> {
  return changed(ctx, { table: ctx.table, idempotency: { key, request, replayed: false } });
}

/**
 * A context as one request has it: time passes by its pauses alone, which are kept, and the deadline stands still.
 */
export function aRequest<A extends Actor>(
  world: World,
  actor: A,
  own: Partial<Omit<Context, 'actor' | 'deadline'>> = {},
): { ctx: Context<A>; pauses: number[] } {
  const pauses: number[] = [];
  const sleep = async (milliseconds: number) => {
    pauses.push(milliseconds);
    world.clock.advance(milliseconds);
  };
  return { ctx: { ...aContext(world, actor, { sleep, ...own }) }, pauses };
}
