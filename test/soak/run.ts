import { parseArgs } from 'node:util';
import type { User } from '../e2e/shapes.ts';
import { call } from './caller.ts';
import { chaos } from './chaos.ts';
import { checkAnswers, checkData, checkDeliveries } from './checks.ts';
import { walk } from './client.ts';
import { newExpectations } from './expectations.ts';
import { randomFrom } from './random.ts';
import type { Seat } from './seat.ts';
import { openStack, type SoakedStack } from './stack.ts';
import { newTally, type Tally } from './tally.ts';
import { buildWorld, type SoakWorld } from './world.ts';

/*
 * npm run test:soak [-- --minutes 10 --seed N --callers 30 --keep]
 *
 * Callers use a local stack whose storage is spoiled for seconds and whose engine, process and everything are killed. At
 * the end everything that was answered is there, and everything that it promised has happened.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    callers: { type: 'string', default: '30' },
    /** Leaves the data, to be looked at. */
    keep: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const callers = Number(values.callers);
if (!(minutes > 0 && minutes <= 600) || !Number.isInteger(seed) || !(callers > 0 && callers <= 200)) {
  console.error('Usage: npm run test:soak -- [--minutes 10] [--seed N] [--callers 30] [--keep]');
  process.exit(2);
}

const startedAt = performance.now();
const tally = newTally(startedAt);
console.log(`soak: ${minutes} minutes, ${callers} callers, --seed ${seed}`);
const stack = await openStack();
try {
  await soak(stack, tally);
} finally {
  await stack.stop();
}
await checkData(stack, tally);
console.log(tally.report());
console.log(`Calls to the storage that were spoiled: ${await stack.injected()}`);
console.log(`${tally.violations()} violations, --seed ${seed}`);
if (values.keep) console.log(`Left in ${stack.directory}`);
else await stack.remove();
process.exit(tally.violations() === 0 ? 0 : 1);

async function soak(spoiled: SoakedStack, counted: Tally): Promise<void> {
  const random = randomFrom(seed);
  const options = { url: spoiled.url, tally: counted, random: random.fork() };
  const world = await buildWorld(options, newExpectations(), callers);
  const seats = await seatsOf(world, counted, random);
  const [first = '', ...rest] = world.organizations.map(({ organizationId }) => organizationId);
  const until = performance.now() + minutes * 60_000;
  console.log(`ready after ${Math.round((performance.now() - startedAt) / 1_000)} s, now it is spoiled`);
  const chance = random.fork();
  await Promise.all([
    chaos({ stack: spoiled, random: chance, tally: counted, organizationIds: [first, ...rest], until }),
    ...seats.map((seat) => call(seat, options, until)),
  ]);
  console.log(`quiet after ${Math.round((performance.now() - startedAt) / 1_000)} s, now it is checked`);
  const lastWords = spoiled.ended();
  if (lastWords !== undefined) counted.violation(`the stack has ended by itself: ${lastWords}`);
  await checkAnswers(seats);
  await checkDeliveries(world, spoiled, counted);
}

async function seatsOf(
  world: SoakWorld,
  counted: Tally,
  random: ReturnType<typeof randomFrom>,
): Promise<Seat[]> {
  const seats: Seat[] = [];
  for (const organization of world.organizations) {
    const users = await walk<User>(organization.owner, '/v1/users');
    for (const client of organization.callers) {
      const colleagues = users.filter(
        ({ email, organizationRole }) => email !== client.login.email && organizationRole !== 'owner',
      );
      seats.push({
        client,
        service: world.service,
        organizationId: organization.organizationId,
        organization,
        colleagues: colleagues.map(({ userId }) => userId),
        random: random.fork(),
        tally: counted,
        expectations: world.expectations,
        workspaces: [],
        gone: [],
        count: 0,
      });
    }
  }
  return seats;
}
