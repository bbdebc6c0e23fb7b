import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import type { Operation } from '../../../domain/operations/operation.item.ts';
import { runTurn } from '../../../domain/operations/runOperation.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import {
  aConnection,
  aMember,
  anOrganization,
  at,
  aWorkspace,
  type TestConnection,
  type TestOrganization,
  type TestWorkspace,
} from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aRequest, aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { type Command, commandsThrough, runAsDeployed } from '../../support/outage.ts';

/* What operations do about contention, failures that nobody foresaw, busy workspaces and lowered limits. */

let engine: TestEngine;
let world: World;
let org: TestOrganization;
let agency: TestWorkspace;
let sources: TestConnection[];

beforeAll(async () => {
  engine = await anEngine();
});

beforeEach(async () => {
  world = aWorld(engine);
  org = await anOrganization(world, { limits: { workspaces: 100 } });
  agency = await aWorkspace(org.owner, { name: 'Agency' });
});

async function withConnections(count: number): Promise<void> {
  sources = [];
  for (let n = 0; n < count; n++)
    sources.push(await aConnection(org.owner, agency.workspaceId, { name: `No. ${n}` }));
}

/** A workspace that is made with copies of all connections of the agency. */
async function created(): Promise<{ client: TestWorkspace; operation: Operation }> {
  const client = await aWorkspace(org.owner, { copyAllConnectionsFrom: [agency.workspaceId] });
  return { client, operation: await readOperation(world, org.orgId, operationOf(client)) };
}

const skippedOf = async ({ operationId }: Operation) => (await getOperation(org.owner, operationId)).skipped;
const through = (meanwhile: (command: Command) => Promise<void>) =>
  commandsThrough(world, engine.anotherTable(), meanwhile);

/** What one turn says when it meets something. */
async function turn(operation: Operation, meanwhile: (command: Command) => Promise<void>) {
  const { ctx } = aRequest({ ...world, table: through(meanwhile) }, { kind: 'anyone' });
  const failed: unknown[] = [];
  let givenUp = 0;
  const { orgId, operationId } = operation;
  const { version: seenVersion } = await readOperation(world, orgId, operationId);
  await runTurn(
    ctx,
    { orgId, operationId, seenVersion },
    {
      failed: (failure) => failed.push(failure),
      gaveUp: (items) => {
        givenUp += items;
      },
    },
  );
  return { failed, givenUp, operation: await readOperation(world, orgId, operationId) };
}

describe('contention', () => {
  it('makes steps smaller within a second, and they grow again only by little', async () => {
    await withConnections(200);
    const { operation } = await created();
    const startedAt = world.clock.now().getTime();
    let transactions = 0;
    const table = through(async ({ input: { TransactItems } }) => {
      if (!TransactItems) return;
      transactions += 1;
      world.clock.advance(20);
      if (TransactItems.length > 60) throw conflictOf(TransactItems.length);
    });

    const ended = await runAsDeployed(world, operation, table);

    expect(ended).toMatchObject({ done: 200, skippedCount: 0 });
    // 324 when the same transaction was tried until the end of the turn.
    expect(transactions).toBeLessThan(45);
    expect(world.clock.now().getTime() - startedAt).toBeLessThan(15_000);
  });

  it('of a single item hands the operation back after some seconds, for a pause that counts no failure', async () => {
    await withConnections(48);
    const { operation } = await created();
    const startedAt = world.clock.now().getTime();

    const handedBack = await turn(operation, async ({ input: { TransactItems }, keys }) => {
      if (TransactItems && keys.some(({ sk }) => sk.startsWith('CONNECTION#')))
        throw conflictOf(TransactItems.length);
    });

    expect(world.clock.now().getTime() - startedAt).toBeLessThan(15_000);
    expect(handedBack).toMatchObject({ failed: [], operation: { done: 0, stepSize: 1, attempts: 1 } });
    expect(handedBack.operation).not.toHaveProperty('failingSince');
    expect(Date.parse(handedBack.operation.nextTryAt ?? '')).toBeGreaterThan(world.clock.now().getTime());
  });

  it('makes a turn before the end of a pause do nothing', async () => {
    await withConnections(48);
    const { operation } = await created();
    const { operation: paused } = await turn(operation, async ({ input: { TransactItems }, keys }) => {
      if (TransactItems && keys.some(({ sk }) => sk.startsWith('CONNECTION#'))) throw new TypeError('a bug');
    });

    await deliver(world, paused);
    const before = await readOperation(world, org.orgId, operation.operationId);
    world.clock.advance(1_000);
    await deliver(world, paused);

    expect(before).toEqual(paused);
    expect((await readOperation(world, org.orgId, operation.operationId)).done).toBeGreaterThan(0);
    await untilDone(world, org.orgId, operation.operationId);
  });
});

function conflictOf(count: number): TransactionCanceledException {
  return new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: {},
    CancellationReasons: Array.from({ length: count }, (_, n) => ({
      Code: n === 0 ? 'TransactionConflict' : 'None',
    })),
  });
}

describe('a failure that nobody foresaw', () => {
  /** Whatever is copied fails, as with a release that is broken, for some hours. */
  function brokenFor(hours: number): (command: Command) => Promise<void> {
    const until = world.clock.now().getTime() + hours * hour;
    return async ({ input: { TransactItems }, keys }) => {
      const copies = TransactItems && keys.some(({ sk }) => sk.startsWith('CONNECTION#'));
      if (copies && world.clock.now().getTime() < until) throw new TypeError('a bug of this release');
    };
  }

  it('costs nothing when it is mended within five hours', async () => {
    await withConnections(60);
    const { client, operation } = await created();

    const ended = await runAsDeployed(world, operation, through(brokenFor(5)));

    expect(ended).toMatchObject({ done: 60, skippedCount: 0 });
    expect(ended).not.toHaveProperty('failingSince');
    expect(await getWorkspace(org.owner, client.workspaceId)).toMatchObject({
      status: 'active',
      connectionCount: 60,
    });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('costs single items after six hours, one by one, until it is mended', async () => {
    await withConnections(48);
    const { client, operation } = await created();

    const ended = await runAsDeployed(world, operation, through(brokenFor(6.5)));

    const skipped = await skippedOf(operation);
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(['internal_error']));
    expect(skipped.length).toBeGreaterThan(0);
    expect(skipped.length).toBeLessThan(12);
    expect(ended).toMatchObject({ done: 48, skippedCount: skipped.length });
    expect(await getWorkspace(org.owner, client.workspaceId)).toMatchObject({ status: 'active' });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('does not add up with an outage that came between', async () => {
    await withConnections(48);
    const { operation } = await created();
    const copies = ({ input: { TransactItems }, keys }: Command) =>
      TransactItems !== undefined && keys.some(({ sk }) => sk.startsWith('CONNECTION#'));
    const bug = async (command: Command) => {
      if (copies(command)) throw new TypeError('a bug');
    };
    const conflict = async (command: Command) => {
      if (copies(command)) throw conflictOf(command.keys.length);
    };
    for (let n = 0; n < 6; n++) {
      await turn(operation, bug);
      world.clock.advance(hour);
    }
    await turn(operation, conflict);
    world.clock.advance(hour);

    const last = await turn(operation, bug);

    expect(last).toMatchObject({ givenUp: 0, operation: { skippedCount: 0 } });
    await untilDone(world, org.orgId, operation.operationId);
  });

  it('is told each time, and how many items were given up for it', async () => {
    await withConnections(48);
    const { operation } = await created();
    const isBroken = brokenFor(7);

    const first = await turn(operation, isBroken);
    for (let n = 0; n < 6; n++) {
      world.clock.advance(hour);
      if (n < 5) await turn(operation, isBroken);
    }
    const last = await turn(operation, isBroken);

    // 47 items, 23, 11, 5, 2, and 1.
    expect(first.failed).toEqual(Array(6).fill(expect.any(TypeError)));
    expect(first).toMatchObject({ givenUp: 0, operation: { attempts: 1, failingSince: expect.any(String) } });
    expect(last).toMatchObject({ givenUp: 1, operation: { skippedCount: 1 } });
    await untilDone(world, org.orgId, operation.operationId);
  });
});

describe('a person who is removed', () => {
  it('is taken out of a busy workspace when that is free again', async () => {
    await withConnections(60);
    const person = await aMember(org.owner, 'person@example.com', {
      workspaceId: agency.workspaceId,
      role: 'editor',
    });
    const members = [{ userId: person.actor.userId, role: 'editor' as const }];
    for (let n = 0; n < 39; n++) await aWorkspace(org.owner, { name: `Number ${n}`, members });
    const removal = operationOf(await removeUser(org.owner, person.actor.userId));
    const other = await aWorkspace(org.owner, { name: 'Other' });
    const made = await aConnection(org.owner, other.workspaceId);
    const input = UpdateWorkspace.parse({
      connections: {
        add: [at(made)],
        accounts: sources.map(({ connectionId }) => ({ connectionId, accountIds: ['a1'] })),
      },
    });
    const update = operationOf(await updateWorkspace(org.owner, agency.workspaceId, input));

    const begun = world.clock.now().getTime();
    let isUpdated = false;
    const table = through(async () => {
      if (isUpdated || world.clock.now().getTime() - begun < 8 * hour) return;
      isUpdated = true;
      await untilDone(world, org.orgId, update);
    });
    const ended = await runAsDeployed(world, { ...org, operationId: removal }, table);

    expect(isUpdated).toBe(true);
    expect(ended).toMatchObject({ done: 40, skippedCount: 0 });
    expect(await skippedOf(ended)).toEqual([]);
    await expect(getWorkspace(person, agency.workspaceId)).rejects.toMatchObject({ code: 'no_organization' });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });
});

describe('a limit that was lowered meanwhile', () => {
  /** How many transactions an operation takes to its end. */
  async function transactionsOf(operation: Operation): Promise<number> {
    let transactions = 0;
    const table = through(async ({ input: { TransactItems } }) => {
      if (TransactItems) transactions += 1;
    });
    await runAsDeployed(world, operation, table);
    return transactions;
  }

  it.each([
    ['nothing fits any more', 0],
    ['some still fit', 30],
  ])('skips in few steps what no longer fits, where %s, and does the rest', async (_, room) => {
    await withConnections(90);
    const client = await aWorkspace(org.owner, { name: 'Client' });
    await aConnection(org.owner, client.workspaceId);
    const answer = await copyConnections(org.owner, client.workspaceId, { allFrom: [agency.workspaceId] });
    const operationId = operationOf('operation' in answer ? answer : null);
    const operation = await readOperation(world, org.orgId, operationId);
    await changeLimits(org.support, org.orgId, {
      connectionsPerWorkspace: 1 + room,
      reason: 'a smaller plan',
    });

    expect(await transactionsOf(operation)).toBeLessThan(6);

    const skipped = await skippedOf(operation);
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(['connection_limit_reached']));
    expect(new Set(skipped.map(({ connectionId }) => connectionId)).size).toBe(90 - room);
    expect(skipped).toHaveLength(90 - room);
    expect(await getWorkspace(org.owner, client.workspaceId)).toMatchObject({
      status: 'active',
      connectionCount: 1 + room,
    });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('skips people together too, and still gives those who are there their role', async () => {
    const people = [];
    for (let n = 0; n < 60; n++)
      people.push(
        await aMember(org.owner, `person-${n}@example.com`, {
          workspaceId: agency.workspaceId,
          role: 'viewer',
        }),
      );
    const ids = people.map(({ actor }) => actor.userId);
    const present = ids.at(-1) ?? org.owner.actor.userId;
    const client = await aWorkspace(org.owner, { members: [{ userId: present, role: 'viewer' }] });
    const input = UpdateWorkspace.parse({
      members: { set: ids.map((userId) => ({ userId, role: 'editor' })) },
    });
    const operationId = operationOf(await updateWorkspace(org.owner, client.workspaceId, input));
    const operation = await readOperation(world, org.orgId, operationId);
    await changeLimits(org.support, org.orgId, { membersPerWorkspace: 12, reason: 'a smaller plan' });

    expect(await transactionsOf(operation)).toBeLessThan(6);

    const skipped = await skippedOf(operation);
    expect(skipped).toHaveLength(49);
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(['member_limit_reached']));
    expect(skipped.map(({ userId }) => userId)).not.toContain(present);
    expect(await getWorkspace(org.owner, client.workspaceId)).toMatchObject({ memberCount: 12 });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });
});
