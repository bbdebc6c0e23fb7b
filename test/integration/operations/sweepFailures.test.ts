import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { OperationId } from '../../../domain/ids.ts';
import { type Operation, operationKey, runningItem } from '../../../domain/operations/operation.item.ts';
import { type Sweep, sweepOperations } from '../../../domain/operations/sweep.ts';
import { aContext, aRequest, aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { type Fault, internalError, isWrite, type Sent, tableThrough } from '../../support/faults.ts';
import { aMockTable } from '../../support/mockTable.ts';
import { anUndrivenOperation, readOperation } from '../../support/operations.ts';
import { type Damage, damageTo, restoring } from '../verify/damage.ts';

let engine: TestEngine;
let world: World;
let d: Damage;
let restore: () => Promise<void>;

beforeAll(async () => {
  engine = await anEngine();
  d = damageTo(engine.table);
});

beforeEach(async () => {
  world = aWorld(engine);
  restore = await restoring(engine.table);
});

afterEach(() => restore());

async function resting(count: number): Promise<Operation[]> {
  const operations: Operation[] = [];
  for (let n = 0; n < count; n++) operations.push(await anUndrivenOperation(world));
  world.clock.advance(61_000);
  return operations;
}

/** A sweep whose writes meet a fault, with what it tells of failures, by operation. */
async function swept(
  fault: Fault = (_, proceed) => proceed(),
): Promise<{ sweep: Sweep; told: [string, unknown][] }> {
  const table = tableThrough(engine.anotherTable(), (sent, proceed) =>
    isWrite(sent) ? fault(sent, proceed) : proceed(),
  );
  const { ctx } = aRequest({ ...world, table }, { kind: 'anyone' });
  const told: [string, unknown][] = [];
  const sweep = await sweepOperations(ctx, (failure, operationId) => told.push([operationId, failure]));
  return { sweep, told };
}

const isOf = ({ operationId }: Operation, { input }: Sent) => JSON.stringify(input).includes(operationId);
const versions = (operations: readonly Operation[]) =>
  Promise.all(
    operations.map(
      async ({ orgId, operationId }) => (await readOperation(world, orgId, operationId)).version,
    ),
  );

it('an operation that can not be read still counts as running, is told, and stops no other', async () => {
  const operations = await resting(3);
  const [first, unknown, last] = operations as [Operation, Operation, Operation];
  await d.set(operationKey(unknown.orgId, unknown.operationId), 'kind', 'workspace.merge');

  const { sweep, told } = await swept();

  expect(sweep).toEqual({
    running: 3,
    woken: 2,
    failed: 1,
    oldestMilliseconds: 61_000,
    restingMilliseconds: 61_000,
  });
  expect(told).toEqual([[unknown.operationId, expect.any(Error)]]);
  expect(await versions([first, last])).toEqual([2, 2]);
});

it('an operation that can not be read and has ended does not count: the index lags behind', async () => {
  const [ended] = (await resting(1)) as [Operation];
  const key = operationKey(ended.orgId, ended.operationId);
  await d.set(key, 'kind', 'workspace.merge');
  await d.set(key, 'state', 'completed');

  expect((await swept()).sweep).toMatchObject({ running: 0, failed: 0 });
});

it('a mark that can not be read finds its operation all the same', async () => {
  const [operation] = (await resting(1)) as [Operation];
  const { pk, sk } = runningItem(operation);
  await d.unset({ pk, sk }, 'orgId');

  expect((await swept()).sweep).toMatchObject({ running: 1, woken: 1, failed: 0 });
});

it('a time that is none spoils no other', async () => {
  const [operation] = (await resting(2)) as [Operation];
  await d.set(operationKey(operation.orgId, operation.operationId), 'movedAt', 'yesterday');

  expect((await swept()).sweep).toMatchObject({ running: 2, restingMilliseconds: 61_000 });
});

it('an operation that can not be woken is told, and stops no other', async () => {
  const operations = await resting(3);
  const [refused] = operations as [Operation];

  const { sweep, told } = await swept(async (sent, proceed) => {
    if (isOf(refused, sent)) throw internalError();
    return proceed();
  });

  expect(sweep).toMatchObject({ running: 3, woken: 2, failed: 1 });
  expect(told).toEqual([[refused.operationId, expect.objectContaining({ code: 'try_again' })]]);
  expect(await versions(operations)).toEqual([1, 2, 2]);
});

it('wakes ten at a time', async () => {
  await resting(35);
  let atOnce = 0;
  let most = 0;

  const { sweep } = await swept(async (_, proceed) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    return proceed().finally(() => {
      atOnce -= 1;
    });
  });

  expect(sweep).toMatchObject({ running: 35, woken: 35, failed: 0 });
  expect(most).toBe(10);
});

it('begins no write behind its deadline: what it did not come to has failed, what moves has not', async () => {
  const operations = await resting(25);
  const moving = await anUndrivenOperation(world);

  const { sweep, told } = await swept((_, proceed) => proceed().finally(() => world.clock.advance(10_000)));

  expect(sweep).toMatchObject({ running: 26, woken: 10, failed: 15 });
  expect(told.map(([, failure]) => failure)).toEqual(Array(15).fill(expect.any(Error)));
  expect(told.map(([operationId]) => operationId)).not.toContain(moving.operationId);
  expect((await versions(operations)).filter((version) => version === 1)).toHaveLength(15);
});

it('counts more operations than a call takes arguments', async () => {
  const count = 150_000;
  const { table, mock } = aMockTable();
  const template = await anUndrivenOperation(world);
  const operation = (n: number) => ({ ...template, operationId: OperationId.parse(`opr_${n}`) });
  mock
    .on(QueryCommand)
    .resolves({ Items: Array.from({ length: count }, (_, n) => runningItem(operation(n))) });
  mock.on(BatchGetCommand).callsFake(({ RequestItems }) => ({
    Responses: { workspaces: RequestItems.workspaces.Keys.map((key: object) => ({ ...template, ...key })) },
  }));
  world.clock.advance(1_000);

  const sweep = await sweepOperations(aContext({ ...world, table }, { kind: 'anyone' }));

  expect(sweep).toMatchObject({ running: count, oldestMilliseconds: 1_000, restingMilliseconds: 1_000 });
});
