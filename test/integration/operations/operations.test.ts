import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { operationPartition, planPageKey } from '../../../domain/operations/operation.item.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { putItem } from '../../../domain/table/client.ts';
import { timeToLive } from '../../../domain/table/schema.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
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
  type TestUser,
  type TestWorkspace,
} from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { Crash, crashAfter, crashBefore, firstWrites, tableThrough } from '../../support/faults.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { everything as everyItem } from '../../support/state.ts';

let engine: TestEngine;
let world: World;
let org: TestOrganization;
let admin: TestUser;
let agency: TestWorkspace;
let sources: TestConnection[];

const count = 60;

beforeAll(async () => {
  engine = await anEngine();
});

beforeEach(async () => {
  world = aWorld(engine);
  org = await anOrganization(world, { limits: { workspaces: 200 } });
  agency = await aWorkspace(org.owner, { name: 'Agency' });
  admin = await aMember(org.owner, 'admin@example.com', { workspaceId: agency.workspaceId, role: 'admin' });
  sources = await Promise.all(
    Array.from({ length: count }, (_, n) =>
      aConnection(org.owner, agency.workspaceId, { name: `Connection ${n}` }),
    ),
  );
});

const everything = () => aWorkspace(admin, { name: 'Client', copyAllConnectionsFrom: [agency.workspaceId] });
const codeOf = (refused: Promise<unknown>) =>
  refused.then(
    () => 'nothing',
    (error: { code?: string }) => error.code,
  );

describe('what one transaction can not hold', () => {
  it('is accepted as a whole, held for the operation and then given to its people, with every connection', async () => {
    const created = await everything();

    expect(created).toMatchObject({
      status: 'provisioning',
      connectionCount: 0,
      operation: { state: 'running', total: count, done: 0 },
    });
    const operationId = operationOf(created);
    expect(await untilDone(world, org.orgId, operationId)).toMatchObject({ done: count, skippedCount: 0 });
    const stands = await getWorkspace(admin, created.workspaceId);
    expect(stands).toMatchObject({ status: 'active', connectionCount: count });
    expect(stands.operation).toBeUndefined();
    expect(await getOperation(admin, operationId)).toMatchObject({ state: 'completed', skipped: [] });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it('makes other writes to the workspace wait, naming the operation, and no reads', async () => {
    const created = await everything();
    const { operationId } = await readOperation(world, org.orgId, operationOf(created));
    const { workspaceId } = created;

    const writes = [
      updateWorkspace(admin, workspaceId, UpdateWorkspace.parse({ name: 'Other' })),
      deleteWorkspace(admin, workspaceId),
      putMember(admin, { workspaceId, userId: org.owner.actor.userId }, 'viewer'),
      aConnection(admin, workspaceId),
      copyConnections(admin, workspaceId, { allFrom: [agency.workspaceId] }),
    ];
    await Promise.all(
      writes.map((refused) =>
        expect(refused).rejects.toMatchObject({ code: 'workspace_busy', extra: { operationId } }),
      ),
    );
    expect(await getWorkspace(admin, workspaceId)).toMatchObject({ status: 'provisioning' });
  });

  it('is updated in steps too: people, removed, reselected and added connections', async () => {
    const client = await aWorkspace(admin, { name: 'Client', members: [] });
    const own = [await aConnection(admin, client.workspaceId), await aConnection(admin, client.workspaceId)];
    const [kept, removed] = own as [TestConnection, TestConnection];
    const input = UpdateWorkspace.parse({
      name: 'Renamed',
      members: { set: [{ userId: org.owner.actor.userId, role: 'editor' }] },
      connections: {
        addAllFrom: [agency.workspaceId],
        remove: [removed.connectionId],
        accounts: [{ connectionId: kept.connectionId, accountIds: ['a1'] }],
      },
    });

    const accepted = await updateWorkspace(admin, client.workspaceId, input);

    expect(accepted).toMatchObject({ name: 'Renamed', status: 'updating', operation: { total: count + 3 } });
    expect(await untilDone(world, org.orgId, operationOf(accepted))).toMatchObject({ skippedCount: 0 });
    expect(await getWorkspace(admin, client.workspaceId)).toMatchObject({
      status: 'active',
      memberCount: 2,
      connectionCount: count + 1,
    });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it('is deleted in steps, and its place under the limit is given back', async () => {
    const created = await everything();
    await untilDone(world, org.orgId, operationOf(created));

    const deleted = await deleteWorkspace(admin, created.workspaceId);
    const operationId = operationOf(deleted);
    expect(await getWorkspace(admin, created.workspaceId)).toMatchObject({ status: 'deleting' });
    await untilDone(world, org.orgId, operationId);

    await expect(getWorkspace(admin, created.workspaceId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await getOperation(admin, operationId)).toMatchObject({ state: 'completed', skipped: [] });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it('refuses at once what can be foreseen, and holds nothing', async () => {
    const unknown = { ...at(sources[0] as TestConnection), accountIds: ['nobody'] };
    const named = sources.map((source) => ({ ...at(source) }));
    const attempts = [
      aWorkspace(admin, { connections: [...named.slice(1), unknown] }),
      updateWorkspace(
        admin,
        agency.workspaceId,
        UpdateWorkspace.parse({ connections: { addAllFrom: [agency.workspaceId] } }),
      ),
    ];
    expect(await Promise.all(attempts.map(codeOf))).toEqual(['account_not_available', 'validation_failed']);
    await changeLimits(org.support, org.orgId, {
      connectionsPerWorkspace: count - 1,
      reason: 'a smaller plan',
    });
    expect(await codeOf(everything())).toBe('connection_limit_reached');
    expect(await getWorkspace(admin, agency.workspaceId)).toMatchObject({ status: 'active' });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it('takes somebody out of very many workspaces', async () => {
    const { userId } = admin.actor;
    for (let n = 0; n < 40; n++)
      await aWorkspace(org.owner, { name: `Workspace ${n}`, members: [{ userId, role: 'editor' }] });

    const removed = await removeUser(org.owner, userId);
    await untilDone(world, org.orgId, operationOf(removed));

    await expect(getWorkspace(admin, agency.workspaceId)).rejects.toMatchObject({ code: 'no_organization' });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });
});

describe('each step exactly once', () => {
  it('when several workers get the same record, and records come twice or late', async () => {
    const created = await everything();
    const first = await readOperation(world, org.orgId, operationOf(created));

    await Promise.allSettled([1, 2, 3].map(() => deliver(world, first, engine.anotherTable())));
    await deliver(world, first);
    const ended = await untilDone(world, org.orgId, first.operationId);
    await deliver(world, first);

    expect(ended).toMatchObject({ done: count, skippedCount: 0 });
    expect(await getWorkspace(admin, created.workspaceId)).toMatchObject({ connectionCount: count });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it.each([
    ['before', crashBefore],
    ['after', crashAfter],
  ])('when the worker dies %s any write, on and on', async (_when, crash) => {
    const created = await everything();
    const operationId = operationOf(created);

    for (let deaths = 0; ; deaths++) {
      const operation = await readOperation(world, org.orgId, operationId);
      if (operation.state === 'completed') break;
      // Every other delivery dies at its first write.
      const table =
        deaths % 2 === 0 ? tableThrough(engine.anotherTable(), firstWrites(1, crash)) : engine.table;
      await deliver(world, operation, table).catch((error) => {
        if (!(error instanceof Crash)) throw error;
      });
    }

    expect(await getWorkspace(admin, created.workspaceId)).toMatchObject({ connectionCount: count });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });
});

describe('what can not be done', () => {
  it('is skipped and listed when a source has gone meanwhile, and the rest goes on', async () => {
    const created = await everything();
    const [gone] = sources as [TestConnection];
    await deleteConnection(org.owner, at(gone));

    const ended = await untilDone(world, org.orgId, operationOf(created));

    expect(ended).toMatchObject({ done: count, skippedCount: 1 });
    const { skipped } = await getOperation(admin, ended.operationId);
    expect(skipped).toEqual([{ ...at(gone), code: 'not_found' }]);
    expect(await getWorkspace(admin, created.workspaceId)).toMatchObject({
      status: 'active',
      connectionCount: count - 1,
    });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it('is listed for as long as the operation is kept, and not for ever', async () => {
    const [held, gone] = sources as [TestConnection, TestConnection];
    const client = await aWorkspace(admin, { name: 'Client', connections: [at(held)] });
    const input = UpdateWorkspace.parse({ connections: { addAllFrom: [agency.workspaceId] } });
    const operationId = operationOf(await updateWorkspace(admin, client.workspaceId, input));
    await deleteConnection(org.owner, at(gone));

    const oneStep = tableThrough(engine.anotherTable(), firstWrites(1, crashAfter));
    await deliver(world, await readOperation(world, org.orgId, operationId), oneStep).catch(() => undefined);
    // As long as there is a plan.
    world.clock.advance(7 * 24 * hour);
    await untilDone(world, org.orgId, operationId);

    const items = await everyItem(engine.table, operationPartition(org.orgId, operationId));
    const expiries = (prefix: string) =>
      items.filter(({ sk }) => sk.startsWith(prefix)).map((item) => Number(item[timeToLive]));
    const [kept = Number.NaN] = expiries('OPERATION');
    expect(expiries('SKIPPED#')).toHaveLength(2);
    expect(Math.min(...expiries('SKIPPED#'))).toBeGreaterThan(kept);
  });

  it('is skipped when the accounts that were chosen are no longer the source’s', async () => {
    const [first] = sources as [TestConnection];
    const connections = sources.map((source) => ({ ...at(source), accountIds: ['a1', 'a2'] }));
    const created = await aWorkspace(admin, { connections });
    await updateConnection(org.owner, at(first), UpdateConnection.parse({ accountIds: ['a1'] }));

    const ended = await untilDone(world, org.orgId, operationOf(created));

    const { skipped } = await getOperation(admin, ended.operationId);
    expect(skipped).toEqual([{ ...at(first), code: 'account_not_available' }]);
  });

  it('never happens with a right that was revoked meanwhile', async () => {
    const created = await everything();
    const first = await readOperation(world, org.orgId, operationOf(created));
    await removeMember(org.owner, { workspaceId: agency.workspaceId, userId: admin.actor.userId });

    const ended = await untilDone(world, org.orgId, first.operationId);

    expect(ended).toMatchObject({ state: 'completed', skippedCount: count });
    const { skipped } = await getOperation(admin, ended.operationId);
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(['not_found']));
    expect(await getWorkspace(admin, created.workspaceId)).toMatchObject({
      status: 'active',
      connectionCount: 0,
    });
    expect(await brokenInvariants(engine.table)).toEqual([]);
  });

  it('ends a poisoned operation with what it could not read, and gives its workspace back', async () => {
    const created = await everything();
    const operationId = operationOf(created);
    await putItem(admin, { ...planPageKey(org.orgId, operationId, 0), items: new Uint8Array([1, 2, 3]) });

    const ended = await untilDone(world, org.orgId, operationId);

    expect(ended).toMatchObject({ state: 'completed', done: count });
    const { skipped } = await getOperation(admin, operationId);
    expect(skipped).toEqual([{ workspaceId: created.workspaceId, code: 'internal_error' }]);
    expect(await getWorkspace(admin, created.workspaceId)).toMatchObject({ status: 'active' });
  });
});
