import { describe, expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { createConnection } from '../../../domain/connections/createConnection.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { ConnectionId } from '../../../domain/ids.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aConnectionInput,
  aCopy,
  aMember,
  anOrganization,
  at,
  aWorkspace,
  someAccounts,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { aWorld, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { failure, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

/** Two workspaces, an original with accounts a1, a2 and a3 in the first. */
async function aSource() {
  const agency = await anAgency(engine);
  const source = await aConnection(agency.owner, agency.home.workspaceId);
  const target = await aWorkspace(agency.owner, { name: 'Client' });
  return { ...agency, source, target };
}

async function selectedIn(reader: TestUser, connection: TestConnection) {
  const { items } = await listAccounts(reader, at(connection), page);
  return items.filter(({ selected }) => selected).map(({ accountId }) => accountId);
}

describe('a copy', () => {
  test('reads back as it was answered: of its parent, with an authorization that it shares', async () => {
    const { owner, source, target } = await aSource();

    const copy = await aCopy(owner, source, target.workspaceId);

    expect(copy).toEqual({
      ...source,
      connectionId: expect.stringMatching(/^con_/),
      workspaceId: target.workspaceId,
      lineage: {
        originId: source.connectionId,
        originWorkspaceId: source.workspaceId,
        parentId: source.connectionId,
        parentWorkspaceId: source.workspaceId,
        kind: 'copy',
        copies: 0,
      },
    });
    expect(await getConnection(owner, at(copy))).toEqual(copy);
    expect((await getConnection(owner, at(source))).lineage).toMatchObject({ kind: 'original', copies: 1 });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('is told by one event of the workspace it was made in, which names no other', async () => {
    const { owner, source, target } = await aSource();

    const copy = await aCopy(owner, source, target.workspaceId);

    const { items } = await listEvents(owner, { ...page, workspaceId: target.workspaceId });
    expect(items[0]).toMatchObject({
      type: 'connection.copied',
      details: {
        connections: [
          {
            connectionId: copy.connectionId,
            parentId: source.connectionId,
          },
        ],
      },
    });
    expect(JSON.stringify(items)).not.toContain(source.workspaceId);
  });

  test('of a copy has that as its parent and the same origin', async () => {
    const { owner, source, target, elsewhere } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId);

    const copyOfCopy = await aCopy(owner, copy, elsewhere.workspaceId);

    expect(copyOfCopy.lineage).toEqual({
      originId: source.connectionId,
      originWorkspaceId: source.workspaceId,
      parentId: copy.connectionId,
      parentWorkspaceId: target.workspaceId,
      kind: 'copy',
      copies: 0,
    });
    expect((await getConnection(owner, at(copy))).lineage.copies).toBe(1);
    expect((await getConnection(owner, at(source))).lineage.copies).toBe(1);
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });
});

describe('the accounts of a copy', () => {
  test('are all that the source has, also those that come later, when none are named', async () => {
    const { owner, source, target } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId);
    expect(await selectedIn(owner, copy)).toEqual(['a1', 'a2', 'a3']);

    await reconnect(owner, at(source), { credentials: {}, accounts: someAccounts('a1', 'a2', 'a3', 'a4') });

    expect(await selectedIn(owner, copy)).toEqual(['a1', 'a2', 'a3', 'a4']);
  });

  test('are the named ones alone, whatever comes later', async () => {
    const { owner, source, target } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId, ['a3', 'a1']);
    expect(copy.accounts).toEqual({ status: 'ready', mode: 'selected', total: 3, selected: 2 });

    await reconnect(owner, at(source), { credentials: {}, accounts: someAccounts('a1', 'a2', 'a3', 'a4') });

    expect(await selectedIn(owner, copy)).toEqual(['a1', 'a3']);
  });

  test('may be none', async () => {
    const { owner, source, target } = await aSource();

    const copy = await aCopy(owner, source, target.workspaceId, []);

    expect(copy.accounts).toMatchObject({ mode: 'selected', selected: 0 });
  });

  test('of a copy with few accounts are at most those few', async () => {
    const { owner, source, target, elsewhere } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId, ['a1', 'a2']);

    const error = await refused(owner, () => aCopy(owner, copy, elsewhere.workspaceId, ['a1', 'a3']));
    const whole = await aCopy(owner, copy, elsewhere.workspaceId);

    expect(error).toMatchObject({
      code: 'account_not_available',
      extra: { accountIds: ['a3'], errors: [{ pointer: '#/connections/0/accountIds/1' }] },
    });
    expect(await selectedIn(owner, whole)).toEqual(['a1', 'a2']);
  });

  test('are never one that the data source has lost or never had', async () => {
    const { owner, source, target } = await aSource();
    await reconnect(owner, at(source), {
      credentials: {},
      accounts: someAccounts('a1', 'a2'),
      acceptAccountLoss: true,
    });

    const error = await refused(owner, () => aCopy(owner, source, target.workspaceId, ['a1', 'a3', 'a9']));

    expect(error).toMatchObject({ code: 'account_not_available', extra: { accountIds: ['a3', 'a9'] } });
  });

  test('are what the parent has when the copy is made, not what it had when it was planned', async () => {
    const { owner, source, target } = await aSource();
    const fewer = () => updateConnection(owner, at(source), { accountIds: ['a1'] });
    const late = () =>
      changed(owner, { table: tableThrough(engine.anotherTable(), beforeFirstWrite(fewer)) });

    const error = await failure(() => aCopy(late(), source, target.workspaceId, ['a1', 'a2']));
    const whole = await aCopy(owner, source, target.workspaceId);

    expect(error).toMatchObject({ code: 'account_not_available', extra: { accountIds: ['a2'] } });
    expect(await selectedIn(owner, whole)).toEqual(['a1']);
  });

  test('are never added from what the parent had before', async () => {
    const { owner, source, target } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId, ['a1']);
    const fewer = () => updateConnection(owner, at(source), { accountIds: ['a1'] });
    const table = tableThrough(engine.anotherTable(), beforeFirstWrite(fewer));

    const error = await failure(() =>
      updateConnection(changed(owner, { table }), at(copy), { accountIds: ['a1', 'a2'] }),
    );

    expect(error).toMatchObject({ code: 'account_not_available', extra: { accountIds: ['a2'] } });
  });

  test('stay as they are when the parent selects fewer', async () => {
    const { owner, source, target } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId, ['a1', 'a2']);

    await updateConnection(owner, at(source), { accountIds: ['a3'] });

    expect(await selectedIn(owner, copy)).toEqual(['a1', 'a2']);
  });

  test('follow the parent when the copy takes all, whose version stays', async () => {
    const { owner, source, target } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId);

    await updateConnection(owner, at(source), { accountIds: ['a3'] });

    const after = await getConnection(owner, at(copy));
    expect(after.accounts.selected).toBe(1);
    expect(after.version).toBe(copy.version);
  });
});

describe('a copy is refused', () => {
  test('when the workspace has it already, directly or by a copy, naming which', async () => {
    const { owner, source, target, elsewhere } = await aSource();
    await aCopy(owner, source, target.workspaceId);
    const other = await aCopy(owner, source, elsewhere.workspaceId);

    const again = await refused(owner, () => aCopy(owner, source, target.workspaceId));
    const byAnotherCopy = await refused(owner, () => aCopy(owner, other, target.workspaceId));
    const backHome = await refused(owner, () => aCopy(owner, other, source.workspaceId));

    expect(again).toMatchObject({ code: 'already_connected', extra: { originId: source.connectionId } });
    expect([byAnotherCopy.code, backHome.code]).toEqual(['already_connected', 'already_connected']);
  });

  test('when two connections of one origin are named for one workspace', async () => {
    const { owner, source, target, elsewhere } = await aSource();
    const copy = await aCopy(owner, source, elsewhere.workspaceId);

    const error = await refused(owner, () =>
      copyConnections(owner, target.workspaceId, { connections: [at(source), at(copy)] }),
    );

    expect(error.code).toBe('already_connected');
  });

  test('into its own workspace, with everything that is wrong', async () => {
    const { owner, source, home } = await aSource();

    const error = await refused(owner, () =>
      copyConnections(owner, home.workspaceId, {
        connections: [at(source), at(source)],
        allFrom: [home.workspaceId],
      }),
    );

    expect(error.code).toBe('validation_failed');
    expect((error.extra.errors as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual([
      '#/allFrom/0',
      '#/connections/0/workspaceId',
      '#/connections/1',
      '#/connections/1/workspaceId',
    ]);
  });

  test('of a connection that has gone, or never was', async () => {
    const { owner, source, target } = await aSource();
    const never = { ...source, connectionId: ConnectionId.parse('con_never') };
    await deleteConnection(owner, at(source));

    expect((await refused(owner, () => aCopy(owner, source, target.workspaceId))).code).toBe('not_found');
    expect((await refused(owner, () => aCopy(owner, never, target.workspaceId))).code).toBe('not_found');
  });

  test('of another copy than the named one, though it stands under the same key', async () => {
    const { owner, source, target, elsewhere } = await aSource();
    const first = await aCopy(owner, source, target.workspaceId);
    await deleteConnection(owner, at(first));
    await aCopy(owner, source, target.workspaceId);

    expect((await refused(owner, () => aCopy(owner, first, elsewhere.workspaceId))).code).toBe('not_found');
  });

  test('beyond the limit of connections, counting all of the request', async () => {
    const { owner, source, target, home, support, orgId } = await aSource();
    const second = await aConnection(owner, home.workspaceId);
    await changeLimits(support, orgId, { connectionsPerWorkspace: 1, reason: 'test' });
    const both = { connections: [at(source), at(second)] };

    const error = await refused(owner, () => copyConnections(owner, target.workspaceId, both));

    expect(error).toMatchObject({ code: 'connection_limit_reached', extra: { limit: 1, wanted: 2 } });
    await expect(aCopy(owner, source, target.workspaceId)).resolves.toMatchObject({
      lineage: { kind: 'copy' },
    });
  });
});

describe('the right to copy', () => {
  /** A person with one role in the source's workspace and one in the target. */
  async function aCopier(
    inSource: 'admin' | 'editor' | 'viewer' | undefined,
    inTarget: 'admin' | 'editor' | 'viewer' | undefined,
  ) {
    const scene = await aSource();
    const grants = [
      ...(inSource ? [{ workspaceId: scene.home.workspaceId, role: inSource }] : []),
      ...(inTarget ? [{ workspaceId: scene.target.workspaceId, role: inTarget }] : []),
    ];
    return { ...scene, copier: await aMember(scene.owner, 'copier@example.com', ...grants) };
  }

  test.each([
    ['editor', 'editor'],
    ['admin', 'editor'],
    ['editor', 'admin'],
  ] as const)('is had by an %s of the source who is %s of the target', async (inSource, inTarget) => {
    const { copier, source, target } = await aCopier(inSource, inTarget);

    const copy = await aCopy(copier, source, target.workspaceId);

    expect(copy.createdBy).toBe(copier.actor.userId);
  });

  test.each([
    ['viewer', 'editor', 'forbidden'],
    ['editor', 'viewer', 'forbidden'],
    [undefined, 'editor', 'not_found'],
    ['editor', undefined, 'not_found'],
  ] as const)('is not had by %s of the source, %s of the target: %s', async (inSource, inTarget, code) => {
    const { copier, source, target } = await aCopier(inSource, inTarget);

    expect((await refused(copier, () => aCopy(copier, source, target.workspaceId))).code).toBe(code);
    expect(
      (
        await refused(copier, () =>
          copyConnections(copier, target.workspaceId, { allFrom: [source.workspaceId] }),
        )
      ).code,
    ).toBe(code);
  });

  test('never reaches another organization', async () => {
    const { owner, source } = await aSource();
    const other = await anOrganization(aWorld(engine), { owner: { email: 'other@example.com' } });
    const theirs = await aWorkspace(other.owner);

    const stolen = await refused(other.owner, () => aCopy(other.owner, source, theirs.workspaceId));
    const smuggled = await refused(owner, () => aCopy(owner, source, theirs.workspaceId));

    expect([stolen.code, smuggled.code]).toEqual(['not_found', 'not_found']);
  });

  test('hides the workspaces of parent and origin from those who don’t see them', async () => {
    const { owner, source, target } = await aSource();
    const copy = await aCopy(owner, source, target.workspaceId);
    const reader = await aMember(owner, 'reader@example.com', {
      workspaceId: target.workspaceId,
      role: 'viewer',
    });

    const { lineage } = await getConnection(reader, at(copy));

    expect(lineage).toEqual({
      originId: source.connectionId,
      parentId: source.connectionId,
      kind: 'copy',
      copies: 0,
    });
  });
});

describe('copying whole workspaces', () => {
  test('takes every connection and lists what the workspace has already', async () => {
    const { owner, source, home, target } = await aSource();
    const second = await aConnection(owner, home.workspaceId, { name: 'Second' });
    await aCopy(owner, source, target.workspaceId);

    const copied = await copyConnections(owner, target.workspaceId, { allFrom: [home.workspaceId] });

    expect(copied).toMatchObject({
      items: [{ name: 'Second', lineage: { parentId: second.connectionId } }],
      skipped: [{ ...at(source), code: 'already_connected' }],
    });
  });

  test('takes what two of them share once', async () => {
    const { owner, source, home, target, elsewhere } = await aSource();
    await aCopy(owner, source, elsewhere.workspaceId);

    const copied = await copyConnections(owner, target.workspaceId, {
      allFrom: [home.workspaceId, elsewhere.workspaceId, home.workspaceId],
    });

    expect(copied).toMatchObject({ items: [{ lineage: { parentId: source.connectionId } }] });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('that are empty changes nothing and says so', async () => {
    const { owner, target, elsewhere } = await aSource();

    const copied = await copyConnections(owner, target.workspaceId, { allFrom: [elsewhere.workspaceId] });

    expect(copied).toEqual({ items: [], skipped: [], skippedCount: 0 });
  });
});

describe('an original', () => {
  test('has the name of its business account unless it is given one', async () => {
    const { editor, home } = await anAgency(engine);

    const unnamed = await aConnection(editor, home.workspaceId);
    const named = await aConnection(editor, home.workspaceId, { name: 'Search ads' });

    expect([unnamed.name, named.name]).toEqual(['Business One', 'Search ads']);
  });

  test('may come without accounts, and follows the list when it comes', async () => {
    const { owner, home } = await anAgency(engine);
    const original = await aConnection(owner, home.workspaceId, { accounts: undefined });
    expect(original.accounts).toEqual({ status: 'none', mode: 'all', total: 0, selected: 0 });

    const { connection } = await reconnect(owner, at(original), {
      credentials: {},
      accounts: someAccounts('a1'),
    });

    expect(connection.accounts).toEqual({ status: 'ready', mode: 'all', total: 1, selected: 1 });
  });

  test('counts against the limit of connections', async () => {
    const { owner, home } = await anAgency(engine, { limits: { connectionsPerWorkspace: 1 } });
    await aConnection(owner, home.workspaceId);

    const error = await refused(owner, () => createConnection(owner, home.workspaceId, aConnectionInput()));

    expect(error).toMatchObject({ code: 'connection_limit_reached', extra: { limit: 1, wanted: 2 } });
  });
});
