import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { UserId, type WorkspaceId } from '../../../domain/ids.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { type Operation, operationKey } from '../../../domain/operations/operation.item.ts';
import { runTurn } from '../../../domain/operations/runOperation.ts';
import type { Key } from '../../../domain/table/client.ts';
import { newMeter } from '../../../domain/table/meter.ts';
import { Stale } from '../../../domain/table/transact.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { workspaceKey } from '../../../domain/workspaces/workspace.item.ts';
import { aConnection, anOrganization, aWorkspace, type TestOrganization } from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aContext, aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { Crash, type Fault, firstWrites, internalError, tableThrough } from '../../support/faults.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { commandsThrough, runAsDeployed } from '../../support/outage.ts';
import { type Damage, damageTo } from '../verify/damage.ts';

/* The end of an operation, which gives back the workspace that it held. */

let engine: TestEngine;
let world: World;
let org: TestOrganization;
let d: Damage;
let workspaceId: WorkspaceId;
let key: Key;
let operation: Operation;

beforeAll(async () => {
  engine = await anEngine();
  d = damageTo(engine.table);
});

/** An operation of which nothing but the end is left to do. */
beforeEach(async () => {
  world = aWorld(engine);
  org = await anOrganization(world);
  const source = await aWorkspace(org.owner, { name: 'Source' });
  for (let n = 0; n < 50; n++) await aConnection(org.owner, source.workspaceId, { name: `Number ${n}` });
  const created = await aWorkspace(org.owner, { copyAllConnectionsFrom: [source.workspaceId] });
  ({ workspaceId } = created);
  key = workspaceKey(org.orgId, workspaceId);
  const operationId = operationOf(created);
  await d.set(operationKey(org.orgId, operationId), 'done', 50);
  operation = await readOperation(world, org.orgId, operationId);
});

const now = () => readOperation(world, org.orgId, operation.operationId);
const skipped = async () => (await getOperation(org.owner, operation.operationId)).skipped;

const hoursOf = ({ clock }: World) => (clock.now().getTime() - Date.parse(operation.movedAt)) / hour;

/** Runs the operation to its end; what it told of failures. */
async function ended(where = world): Promise<unknown[]> {
  const told: unknown[] = [];
  await untilDone(where, org.orgId, operation.operationId, told);
  return told;
}

describe('an operation whose end has failed for hours ends as it is', () => {
  it.each(['description', 'version', 'memberCount'])(
    'and gives back its workspace, also one that can not be read for its %s',
    async (attribute) => {
      const intact = await d.read(key);
      await d.set(key, attribute, ['broken']);

      const told = await ended();

      expect(hoursOf(world)).toBeGreaterThanOrEqual(6);
      for (const failure of told) expect(failure).toBeInstanceOf(Error);
      expect(await skipped()).toEqual([{ code: 'internal_error' }]);
      await d.set(key, attribute, intact[attribute]);
      expect(await getWorkspace(org.owner, workspaceId)).toMatchObject({ status: 'active' });
      await updateWorkspace(org.owner, workspaceId, UpdateWorkspace.parse({ name: 'Usable' }));
      expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
    },
  );

  it('and lets go of a workspace that something else holds', async () => {
    const other = world.newId('opr');
    await d.set(key, 'operationId', other);
    const before = await d.read(key);

    const told = await ended();

    expect(hoursOf(world)).toBeGreaterThanOrEqual(6);
    for (const failure of told) expect(failure).toBeInstanceOf(Stale);
    expect(await skipped()).toEqual([{ code: 'internal_error' }]);
    expect(await d.read(key)).toEqual(before);
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([
      expect.stringContaining(`undriven_workspace ${org.orgId} ${workspaceId}`),
    ]);
  });

  it('also when the workspace has gone', async () => {
    await d.remove(key);

    expect(await ended()).toEqual([]);

    expect(await skipped()).toEqual([]);
  });

  it('and names the person that it could not take out', async () => {
    const userId = UserId.parse('usr_somebody');
    await d.unset(operationKey(org.orgId, operation.operationId), 'workspaceId');
    await d.set(operationKey(org.orgId, operation.operationId), 'userId', userId);
    await d.set(operationKey(org.orgId, operation.operationId), 'kind', 'user.remove');
    await d.put({ pk: `ORG#${org.orgId}`, sk: `USER#${userId}` });

    await ended();

    expect(hoursOf(world)).toBeGreaterThanOrEqual(6);
    expect(await skipped()).toEqual([{ userId, code: 'internal_error' }]);
  });
});

describe('an operation that can not give its workspace back goes on trying', () => {
  it.each([
    ['for a reason that nobody foresaw', () => new Crash('refused')],
    ['because the storage is away', internalError],
  ])('for half a day, %s, and gives it back when it can', async (_, problem) => {
    const startedAt = world.clock.now().getTime();
    let underWay: { operation: Operation; broken: string[] } | undefined;
    const table = commandsThrough(world, engine.anotherTable(), async ({ input, keys }) => {
      const hours = (world.clock.now().getTime() - startedAt) / hour;
      const isRefused = input.TransactItems && keys.some(({ sk }) => sk === key.sk);
      if (!isRefused || hours > 13) return;
      if (hours > 12)
        underWay ??= { operation: await now(), broken: await brokenInvariants(engine.table, org.orgId) };
      throw problem();
    });

    const ended = await runAsDeployed(world, operation, table);

    expect(underWay?.operation).toMatchObject({ state: 'running', done: 50, movedAt: operation.movedAt });
    expect(underWay?.broken).toEqual([]);
    expect(ended).toMatchObject({ state: 'completed' });
    expect(await getWorkspace(org.owner, workspaceId)).toMatchObject({ status: 'active' });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });
});

describe('what passes is no failure of the end', () => {
  const silence: Fault = async () => {
    throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  };

  it('but comes again behind a pause, when the storage does not answer in time', async () => {
    await deliver(world, operation, tableThrough(engine.anotherTable(), firstWrites(1, silence)));

    const paused = await now();
    expect(paused).toMatchObject({ state: 'running', attempts: 1, nextTryAt: expect.any(String) });
    expect(paused).not.toHaveProperty('failingSince');
    expect(await ended()).toEqual([]);
    expect(await skipped()).toEqual([]);
  });

  it('but comes again with its record, when the operation can not be written either', async () => {
    const table = tableThrough(engine.anotherTable(), firstWrites(2, silence));

    await expect(deliver(world, operation, table)).rejects.toMatchObject({ code: 'try_again' });

    expect(await now()).toEqual(operation);
    expect(await ended()).toEqual([]);
    expect(await skipped()).toEqual([]);
  });

  it('but is tried again at once, when something has changed between reading and writing, and is counted', async () => {
    const changing = firstWrites(20, async (_, proceed) => {
      // Held by another for the moment of the write.
      await d.set(key, 'operationId', 'opr_other');
      return proceed().finally(() => d.set(key, 'operationId', operation.operationId));
    });
    const meter = newMeter();
    const table = tableThrough(engine.anotherTable(), changing);
    const worker = aContext({ ...world, table }, { kind: 'anyone' }, { meter });
    const { orgId, operationId, version: seenVersion } = operation;

    const after = await runTurn(worker, { orgId, operationId, seenVersion });

    expect(after).toMatchObject({ state: 'completed', attempts: 0 });
    expect(meter.retries).toBe(20);
    expect(await skipped()).toEqual([]);
    expect(await getWorkspace(org.owner, workspaceId)).toMatchObject({ status: 'active' });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('when another worker has come first', async () => {
    await Promise.all([1, 2, 3].map(() => deliver(world, operation, engine.anotherTable())));

    expect(await now()).toMatchObject({ state: 'completed', version: operation.version + 1 });
    expect(await skipped()).toEqual([]);
  });
});
