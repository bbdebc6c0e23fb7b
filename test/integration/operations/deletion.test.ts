import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionKey } from '../../../domain/connections/connection.item.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import type { OperationId, WorkspaceId } from '../../../domain/ids.ts';
import { listMembers } from '../../../domain/members/listMembers.ts';
import { membershipKey } from '../../../domain/members/member.item.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { itemsPerPage, planPageKey } from '../../../domain/operations/operation.item.ts';
import { organizationKey } from '../../../domain/organizations/organization.item.ts';
import { findItem, type Key } from '../../../domain/table/client.ts';
import { userKey } from '../../../domain/users/user.item.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import {
  aConnection,
  aCopy,
  aMember,
  anOrganization,
  at,
  aWorkspace,
  type TestConnection,
  type TestOrganization,
  type TestUser,
} from '../../support/builders.ts';
import { aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { firstWrites, tableThrough } from '../../support/faults.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { type Damage, damageTo } from '../verify/damage.ts';

/* Deletions in steps that can't be completed: of data that is broken, for instance half restored. */

let engine: TestEngine;
let world: World;
let org: TestOrganization;
let d: Damage;
let admin: TestUser;
let second: TestUser;
let viewer: TestUser;
let workspaceId: WorkspaceId;
let connections: TestConnection[];

beforeAll(async () => {
  engine = await anEngine();
  d = damageTo(engine.table);
});

beforeEach(async () => {
  world = aWorld(engine);
  org = await anOrganization(world);
  ({ workspaceId } = await aWorkspace(org.owner, { name: 'Client', members: [] }));
  const inClient = (email: string, role: 'admin' | 'viewer') =>
    aMember(org.owner, email, { workspaceId, role });
  admin = await inClient('admin@example.com', 'admin');
  viewer = await inClient('viewer@example.com', 'viewer');
  second = await inClient('second@example.com', 'admin');
});

async function withConnections(count: number): Promise<void> {
  connections = await Promise.all(
    Array.from({ length: count }, (_, n) => aConnection(admin, workspaceId, { name: `Number ${n}` })),
  );
}

/** Fifty connections and a copy of a copy. */
async function withACopy() {
  const source = await aWorkspace(org.owner, { name: 'Source' });
  const third = await aWorkspace(org.owner, { name: 'Third' });
  const original = await aConnection(org.owner, third.workspaceId);
  const parent = await aCopy(org.owner, original, source.workspaceId);
  const copy = await aCopy(org.owner, parent, workspaceId, ['a1']);
  await withConnections(50);
  return { original, parent, copy };
}

const everybody = () => [org.owner, admin, second, viewer].map(({ actor }) => actor.userId).toSorted();

async function rolesThere(): Promise<Record<string, string>> {
  const { items } = await listMembers(org.owner, workspaceId, { limit: 100 });
  return Object.fromEntries(items.map(({ userId, role }) => [String(userId), role]));
}

/** Deletes the workspace; `meanwhile` happens once that is accepted. */
async function deleted(meanwhile: (operationId: OperationId) => Promise<unknown> = async () => undefined) {
  const operationId = operationOf(await deleteWorkspace(admin, workspaceId));
  await meanwhile(operationId);
  await untilDone(world, org.orgId, operationId);
  return (await getOperation(org.owner, operationId)).skipped;
}

const withoutPage = (page: number) => (operationId: OperationId) =>
  d.remove(planPageKey(org.orgId, operationId, page * itemsPerPage));

/** Damages an item while the deletion is under way, and puts it back behind it. */
async function deletedWithout(key: Key, how: (key: Key) => Promise<unknown>) {
  const item = await d.read(key);
  const skipped = await deleted(() => how(key));
  const left = await findItem(org.owner, key);
  await d.put(item);
  return { skipped, left };
}

async function gone(): Promise<void> {
  await expect(getWorkspace(org.owner, workspaceId)).rejects.toMatchObject({ code: 'not_found' });
  expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
}

it('what stands in the way of an operation is told, for the log, each time that it is tried', async () => {
  await withConnections(50);
  const operationId = operationOf(await deleteWorkspace(org.owner, workspaceId));
  await d.unset(connectionKey(org.orgId, (connections as [TestConnection])[0]), 'selection');

  const told: unknown[] = [];
  await untilDone(world, org.orgId, operationId, told);

  // Ever fewer items, and then the one alone, hour after hour.
  expect(told.length).toBeGreaterThan(6);
  for (const failure of told) expect(failure).toBeInstanceOf(Error);
});

describe('a deletion that can not be completed gives the workspace back with its people', () => {
  it('when a connection can not be deleted, and may be tried again', async () => {
    await withConnections(50);
    const [broken] = connections as [TestConnection];

    const { skipped } = await deletedWithout(connectionKey(org.orgId, broken), (key) =>
      d.unset(key, 'selection'),
    );

    expect(await getWorkspace(admin, workspaceId)).toMatchObject({
      status: 'active',
      memberCount: 4,
      connectionCount: 1,
    });
    expect(Object.keys(await rolesThere()).toSorted()).toEqual(everybody());
    expect(skipped).toEqual(
      expect.arrayContaining([
        { workspaceId, connectionId: broken.connectionId, code: 'internal_error' },
        ...everybody().map((userId) => ({ workspaceId, userId, code: 'try_again' })),
      ]),
    );
    expect(skipped).toHaveLength(5);
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
    await deleteWorkspace(admin, workspaceId);
    await gone();
  });

  it('when a page of connections can not be read', async () => {
    await withConnections(itemsPerPage + 6);

    const skipped = await deleted(withoutPage(0));

    expect(await getWorkspace(admin, workspaceId)).toMatchObject({
      status: 'active',
      memberCount: 4,
      connectionCount: itemsPerPage,
    });
    expect(skipped).toEqual(
      expect.arrayContaining([
        { workspaceId, code: 'internal_error' },
        ...everybody().map((userId) => ({ workspaceId, userId, code: 'try_again' })),
      ]),
    );
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
    await deleted();
    await gone();
  });

  it('when a page of people can not be read', async () => {
    await withConnections(itemsPerPage);

    const skipped = await deleted(withoutPage(1));

    expect(await getWorkspace(admin, workspaceId)).toMatchObject({
      status: 'active',
      memberCount: 4,
      connectionCount: 0,
    });
    expect(skipped).toEqual([{ workspaceId, code: 'internal_error' }]);
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('when somebody can not be taken out: the admins, who go last, stay too', async () => {
    await withConnections(50);
    const membership = membershipKey(org.orgId, workspaceId, viewer.actor.userId);

    const { skipped } = await deletedWithout(membership, (key) => d.unset(key, 'addedAt'));

    expect(await getWorkspace(admin, workspaceId)).toMatchObject({ status: 'active', connectionCount: 0 });
    expect(await rolesThere()).toMatchObject({
      [admin.actor.userId]: 'admin',
      [second.actor.userId]: 'admin',
      [viewer.actor.userId]: 'viewer',
    });
    expect(skipped[0]).toEqual({ workspaceId, userId: viewer.actor.userId, code: 'internal_error' });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
    await deleteWorkspace(admin, workspaceId);
    await gone();
  });

  it('when somebody who is a member is nobody', async () => {
    await withConnections(50);
    const person = userKey(org.orgId, viewer.actor.userId);

    const { skipped, left } = await deletedWithout(person, (key) => d.remove(key));

    expect(left).toBeUndefined();
    expect(skipped[0]).toEqual({ workspaceId, userId: viewer.actor.userId, code: 'internal_error' });
    expect(Object.keys(await rolesThere()).toSorted()).toEqual(everybody());
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('when what a connection was copied from is not there, and leaves no counter in its place', async () => {
    const { parent, copy } = await withACopy();

    const { skipped, left } = await deletedWithout(connectionKey(org.orgId, parent), (key) => d.remove(key));

    expect(left).toBeUndefined();
    expect(skipped).toContainEqual({
      workspaceId,
      connectionId: copy.connectionId,
      code: 'internal_error',
    });
    expect(await getWorkspace(admin, workspaceId)).toMatchObject({ memberCount: 4, connectionCount: 1 });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });

  it('when the origin of a copy is not there', async () => {
    const { original, copy } = await withACopy();

    const { skipped } = await deletedWithout(connectionKey(org.orgId, original), (key) => d.remove(key));

    expect(skipped).toContainEqual({ workspaceId, connectionId: copy.connectionId, code: 'internal_error' });
    expect(await getWorkspace(admin, workspaceId)).toMatchObject({ memberCount: 4, connectionCount: 1 });
    expect(await brokenInvariants(engine.table, org.orgId)).toEqual([]);
  });
});

it('a deletion goes on through what changes time and again between reading and writing', async () => {
  const { original } = await withACopy();
  const operationId = operationOf(await deleteWorkspace(admin, workspaceId));
  // As it gets to the copy alone, and some times more.
  const renewed = firstWrites(20, async (_, proceed) => {
    await reconnect(org.owner, at(original), { credentials: {} });
    return proceed();
  });

  const table = tableThrough(engine.anotherTable(), renewed);
  await deliver(world, await readOperation(world, org.orgId, operationId), table);

  expect(await readOperation(world, org.orgId, operationId)).toMatchObject({ attempts: 0 });
  expect(await untilDone(world, org.orgId, operationId)).toMatchObject({ skippedCount: 0 });
  await gone();
});

it('a deletion ends without the organization too: its workspace is given back empty, for owners to delete', async () => {
  await withConnections(50);
  const operationId = operationOf(await deleteWorkspace(org.owner, workspaceId));
  const key = organizationKey(org.orgId);
  const item = await d.read(key);
  await d.remove(key);

  const told: unknown[] = [];
  await untilDone(world, org.orgId, operationId, told);

  expect(await findItem(org.owner, key)).toBeUndefined();
  for (const failure of told) expect(String(failure)).toContain(`${key.pk} ${key.sk}`);
  expect((await getOperation(org.owner, operationId)).skipped).toEqual([{ code: 'internal_error' }]);
  expect(await getWorkspace(org.owner, workspaceId)).toMatchObject({
    status: 'active',
    memberCount: 0,
    connectionCount: 0,
  });
  await d.put(item);
  await deleteWorkspace(org.owner, workspaceId);
  await gone();
});
