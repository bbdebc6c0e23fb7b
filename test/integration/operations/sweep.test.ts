import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { runningKey } from '../../../domain/operations/operation.item.ts';
import { runTurn } from '../../../domain/operations/runOperation.ts';
import { sweepOperations } from '../../../domain/operations/sweep.ts';
import { findItem, type Key } from '../../../domain/table/client.ts';
import { aConnection, anOrganization, aWorkspace } from '../../support/builders.ts';
import { aContext, aRequest, aWorld, type World } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { Crash, type Fault, isWrite, tableThrough } from '../../support/faults.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';

const engine = await anEngine();
const many = 60;

/** An operation that copies many connections, with nobody to drive it. */
async function anOperation(world: World) {
  const { owner, orgId } = await anOrganization(world);
  const source = await aWorkspace(owner);
  for (let n = 0; n < many; n++)
    await aConnection(owner, source.workspaceId, { businessAccount: { id: `b${n}`, name: 'Business' } });
  const made = await aWorkspace(owner, { copyAllConnectionsFrom: [source.workspaceId] });
  return { orgId, operationId: operationOf(made) };
}

/** Each on an engine of its own: a sweep sees all organizations. */
const sweep = (world: World) => sweepOperations(aContext(world, { kind: 'anyone' }));
/** Whatever is copied is refused for a reason that nobody foresaw. */
const isRefused: Fault = async (sent, proceed) => {
  if (isWrite(sent) && JSON.stringify(sent.input).includes('CONNECTION#')) throw new Crash('refused');
  return proceed();
};
const stands = (world: World, key: Key) => findItem(aContext(world, { kind: 'anyone' }), key);

describe('the sweep', () => {
  test('counts what runs, and how long it runs and rests, until it has ended', async () => {
    const world = aWorld(engine);
    const { orgId, operationId } = await anOperation(world);
    world.clock.advance(30_000);

    const underWay = await sweep(world);
    await untilDone(world, orgId, operationId);
    const ended = await sweep(world);

    expect(underWay).toEqual({
      running: 1,
      woken: 0,
      failed: 0,
      oldestMilliseconds: 30_000,
      restingMilliseconds: 30_000,
    });
    expect(ended).toEqual({
      running: 0,
      woken: 0,
      failed: 0,
      oldestMilliseconds: 0,
      restingMilliseconds: 0,
    });
    expect(await stands(world, runningKey(orgId, operationId))).toBeUndefined();
  });

  test('wakes what has rested a minute, by a write that drives it on, and not again within the next one', async () => {
    const world = aWorld(engine);
    const { orgId, operationId } = await anOperation(world);
    const before = await readOperation(world, orgId, operationId);
    world.clock.advance(61_000);

    const first = await sweep(world);
    const second = await sweep(world);
    const woken = await readOperation(world, orgId, operationId);
    await deliver(world, woken);

    expect([first.woken, second.woken]).toEqual([1, 0]);
    expect(woken.version).toBe(before.version + 1);
    expect((await readOperation(world, orgId, operationId)).done).toBeGreaterThan(0);
    await untilDone(world, orgId, operationId);
  });

  test('wakes what is at the end of its pause, once, and nothing before that', async () => {
    const world = aWorld(engine);
    const { orgId, operationId } = await anOperation(world);
    const { ctx } = aRequest(
      { ...world, table: tableThrough(engine.anotherTable(), isRefused) },
      { kind: 'anyone' },
    );
    const woken: number[] = [];
    const pauses: number[] = [];
    for (let n = 0; n < 3; n++) {
      const { version: seenVersion } = await readOperation(world, orgId, operationId);
      await runTurn(ctx, { orgId, operationId, seenVersion });
      const { nextTryAt = '' } = await readOperation(world, orgId, operationId);
      pauses.push(Date.parse(nextTryAt) - world.clock.now().getTime());
      world.clock.advance((pauses.at(-1) ?? 0) - 1);
      woken.push((await sweep(world)).woken);
      world.clock.advance(1);
      woken.push((await sweep(world)).woken, (await sweep(world)).woken);
    }

    // Half of the pause is by chance, which is always in the middle here.
    expect(pauses).toEqual([750, 1_500, 3_000]);
    expect(woken).toEqual([0, 1, 0, 0, 1, 0, 0, 1, 0]);
    await untilDone(world, orgId, operationId);
  });

  test('wakes what was woken at the end of its pause and lost its record, a minute later', async () => {
    const world = aWorld(engine);
    const { orgId, operationId } = await anOperation(world);
    const { ctx } = aRequest(
      { ...world, table: tableThrough(engine.anotherTable(), isRefused) },
      { kind: 'anyone' },
    );
    const { version: seenVersion } = await readOperation(world, orgId, operationId);
    await runTurn(ctx, { orgId, operationId, seenVersion });

    const woken: number[] = [];
    for (const milliseconds of [10_000, 59_999, 1]) {
      world.clock.advance(milliseconds);
      woken.push((await sweep(world)).woken);
    }

    expect(woken).toEqual([1, 0, 1]);
    await untilDone(world, orgId, operationId);
  });

  test('says how long nothing has moved, however often it was woken', async () => {
    const world = aWorld(engine);
    const { orgId, operationId } = await anOperation(world);

    const rests: number[] = [];
    for (let n = 0; n < 3; n++) {
      world.clock.advance(5 * 60_000);
      rests.push((await sweep(world)).restingMilliseconds);
    }

    expect(rests).toEqual([300_000, 600_000, 900_000]);
    await untilDone(world, orgId, operationId);
  });

  test('believes the table, not the index: what has ended is not counted', async () => {
    const world = aWorld(engine);
    const { orgId, operationId } = await anOperation(world);
    await untilDone(world, orgId, operationId);
    const { name: TableName, documents } = engine.table;
    // As an index that lags behind shows it.
    await documents.send(
      new UpdateCommand({
        TableName,
        Key: runningKey(orgId, operationId),
        UpdateExpression: 'SET gsi1pk = :pk, gsi1sk = :sk, orgId = :o, operationId = :x',
        ExpressionAttributeValues: {
          ':pk': 'OPERATIONS#RUNNING',
          ':sk': 'x',
          ':o': orgId,
          ':x': operationId,
        },
      }),
    );

    expect(await sweep(world)).toMatchObject({ running: 0, woken: 0 });
  });
});
