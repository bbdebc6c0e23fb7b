import { describe, expect, test } from 'vitest';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { searchAccounts } from '../../../domain/connections/searchAccounts.ts';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  aMember,
  at,
  aWorkspace,
  someAccounts,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

/** An original with a1, a2, a3; a copy of it with a1 and a2; a copy of that with the same. */
async function aChain() {
  const agency = await anAgency(engine);
  const { owner } = agency;
  const original = await aConnection(owner, agency.home.workspaceId);
  const copy = await aCopy(owner, original, agency.elsewhere.workspaceId, ['a1', 'a2']);
  const deep = await aWorkspace(owner, { name: 'Deep' });
  const copyOfCopy = await aCopy(owner, copy, deep.workspaceId);
  return { ...agency, deep, original, copy, copyOfCopy };
}

async function selectedIn(reader: TestUser, connection: TestConnection) {
  const { items } = await listAccounts(reader, at(connection), page);
  return items.filter(({ selected }) => selected).map(({ accountId }) => accountId);
}

async function offeredIn(reader: TestUser, connection: TestConnection) {
  return (await listAccounts(reader, at(connection), page)).items.map(({ accountId }) => accountId);
}

describe('a change', () => {
  test('of name and accounts reads back as it was answered', async () => {
    const { owner, original } = await aChain();

    const answer = await updateConnection(owner, at(original), { name: 'Renamed', accountIds: ['a3'] });

    expect(answer).toMatchObject({ name: 'Renamed', accounts: { mode: 'selected', selected: 1, total: 3 } });
    expect(await getConnection(owner, at(original))).toEqual(answer);
    expect(answer.version).toBeGreaterThan(original.version);
  });

  test('to what it is already changes nothing', async () => {
    const { owner, original } = await aChain();
    const before = await getConnection(owner, at(original));

    const answer = await updateConnection(owner, at(original), { name: original.name, accountIds: 'all' });

    expect(answer).toEqual(before);
    expect(await getConnection(owner, at(original))).toEqual(before);
  });

  test('is its own: the name and selection of others of the lineage stay', async () => {
    const { owner, original, copy } = await aChain();

    await updateConnection(owner, at(original), { name: 'Renamed', accountIds: ['a3'] });

    expect((await getConnection(owner, at(copy))).name).toBe('Business One');
    expect(await selectedIn(owner, copy)).toEqual(['a1', 'a2']);
  });

  test('must change something', () => {
    expect(UpdateConnection.safeParse({}).success).toBe(false);
    expect(UpdateConnection.safeParse({ name: '' }).success).toBe(false);
    expect(UpdateConnection.safeParse({ accountIds: ['a', 'a'] }).success).toBe(false);
  });

  test('is refused for a version that is not the present one, which the lineage does not move', async () => {
    const { owner, original, copy } = await aChain();
    const { version } = await getConnection(owner, at(copy));
    await reconnect(owner, at(original), { credentials: {} });
    await updateConnection(owner, at(copy), { name: 'Renamed' }, version);

    const error = await refused(owner, () => updateConnection(owner, at(copy), { name: 'X' }, version));

    expect(error.code).toBe('version_mismatch');
  });
});

describe('the accounts of', () => {
  test('an original are chosen from its list', async () => {
    const { owner, original } = await aChain();

    const error = await refused(owner, () =>
      updateConnection(owner, at(original), { accountIds: ['a1', 'b1'] }),
    );

    expect(error).toMatchObject({
      code: 'account_not_available',
      extra: { accountIds: ['b1'], errors: [{ pointer: '#/accountIds/1' }] },
    });
  });

  test('a copy are chosen from what its parent has selected', async () => {
    const { owner, copy, original } = await aChain();
    await updateConnection(owner, at(original), { accountIds: ['a1', 'a2'] });

    await expect(updateConnection(owner, at(copy), { accountIds: ['a2'] })).resolves.toBeDefined();
    const error = await refused(owner, () => updateConnection(owner, at(copy), { accountIds: ['a3'] }));

    expect(error.code).toBe('account_not_available');
  });

  test('a copy of a copy are never more than its parent has', async () => {
    const { owner, copyOfCopy } = await aChain();

    const error = await refused(owner, () => updateConnection(owner, at(copyOfCopy), { accountIds: ['a3'] }));

    expect(error.code).toBe('account_not_available');
    expect(await offeredIn(owner, copyOfCopy)).toEqual(['a1', 'a2']);
  });

  test('connections that take all follow their parents, whichever of them changes', async () => {
    const { owner, original, elsewhere, deep } = await aChain();
    const other = await aConnection(owner, original.workspaceId);
    const copy = await aCopy(owner, other, elsewhere.workspaceId);
    const copyOfCopy = await aCopy(owner, copy, deep.workspaceId);

    await updateConnection(owner, at(other), { accountIds: ['a2', 'a3'] });
    expect(await selectedIn(owner, copyOfCopy)).toEqual(['a2', 'a3']);

    await updateConnection(owner, at(copy), { accountIds: ['a2'] });
    expect(await selectedIn(owner, copyOfCopy)).toEqual(['a2']);

    await updateConnection(owner, at(copy), { accountIds: 'all' });
    expect(await selectedIn(owner, copyOfCopy)).toEqual(['a2', 'a3']);
  });

  test('a connection may keep one that was lost, and not take it anew', async () => {
    const { owner, original, copy } = await aChain();
    await reconnect(owner, at(original), {
      credentials: {},
      accounts: someAccounts('a2', 'a3'),
      acceptAccountLoss: true,
    });

    const kept = await updateConnection(owner, at(copy), { accountIds: ['a1'] });
    expect(kept.accounts).toMatchObject({ selected: 0 });
    await updateConnection(owner, at(copy), { accountIds: ['a2'] });
    const error = await refused(owner, () => updateConnection(owner, at(copy), { accountIds: ['a1', 'a2'] }));

    expect(error).toMatchObject({ code: 'account_not_available', extra: { accountIds: ['a1'] } });
  });
});

describe('without the right in the parent’s workspace', () => {
  async function aStranger() {
    const chain = await aChain();
    const grant = { workspaceId: chain.elsewhere.workspaceId, role: 'editor' as const };
    return { ...chain, stranger: await aMember(chain.owner, 'stranger@example.com', grant) };
  }

  test('accounts can be given up and not added', async () => {
    const { stranger, copy } = await aStranger();
    const give = (accountIds: string[] | 'all') => () => updateConnection(stranger, at(copy), { accountIds });

    await give(['a1'])();
    const back = await refused(stranger, give(['a1', 'a2']));
    const all = await refused(stranger, give('all'));

    expect([back.code, all.code]).toEqual(['forbidden', 'forbidden']);
  });

  test('only what the copy has is offered', async () => {
    const { stranger, owner, copy } = await aStranger();

    expect(await offeredIn(stranger, copy)).toEqual(['a1', 'a2']);
    expect(await offeredIn(owner, copy)).toEqual(['a1', 'a2', 'a3']);
  });

  test('a viewer of the parent’s workspace has it no more than a stranger', async () => {
    const { owner, home, elsewhere, copy } = await aChain();
    const reader = await aMember(
      owner,
      'reader@example.com',
      { workspaceId: home.workspaceId, role: 'viewer' },
      { workspaceId: elsewhere.workspaceId, role: 'editor' },
    );

    const error = await refused(reader, () =>
      updateConnection(reader, at(copy), { accountIds: ['a1', 'a2', 'a3'] }),
    );

    expect(error.code).toBe('forbidden');
  });
});

describe('the search over all accounts that can be copied', () => {
  test('lists what several connections of one origin offer once, at the first of them', async () => {
    const { owner, original } = await aChain();

    const { items } = await searchAccounts(owner, page);

    expect(items.map(({ accountId, connection }) => [accountId, connection.connectionId])).toEqual([
      ['a1', original.connectionId],
      ['a2', original.connectionId],
      ['a3', original.connectionId],
    ]);
  });

  test('finds by a part of name or id, by data source, and leaves out what a workspace has', async () => {
    const { owner, home, elsewhere } = await aChain();
    await aConnection(owner, home.workspaceId, { dataSource: 'meta-ads', accounts: someAccounts('m1') });
    const found = async (asked: object) =>
      (await searchAccounts(owner, { ...page, ...asked })).items.map(({ accountId }) => accountId);

    expect(await found({ search: 'ACCOUNT A2' })).toEqual(['a2']);
    expect(await found({ dataSource: 'meta-ads' })).toEqual(['m1']);
    expect(await found({ notInWorkspaceId: elsewhere.workspaceId })).toEqual(['m1']);
  });

  test('looks in workspaces where the caller may copy, and in no others', async () => {
    const { owner, viewer, editor, outsider, home, copy } = await aChain();
    await updateConnection(owner, at(copy), { accountIds: ['a2'] });
    const found = async (reader: TestUser) =>
      (await searchAccounts(reader, page)).items.map(({ accountId }) => accountId);

    expect(await found(editor)).toEqual(['a1', 'a2', 'a3']);
    expect(await found(viewer)).toEqual([]);
    expect(await found(outsider)).toEqual(['a2']);
    expect(home.name).toBe('Home');
  });
});

test('connections are found by a part of their name, data source or business account', async () => {
  const { owner, home } = await anAgency(engine);
  await aConnection(owner, home.workspaceId, { name: 'Search', dataSource: 'google-ads' });
  await aConnection(owner, home.workspaceId, {
    name: 'Social',
    dataSource: 'meta-ads',
    businessAccount: { id: 'b-77', name: 'Müller' },
  });
  const found = async (asked: object) =>
    (await listConnections(owner, home.workspaceId, { ...page, ...asked })).items.map(({ name }) => name);

  expect(await found({ search: 'sea' })).toEqual(['Search']);
  expect(await found({ search: 'META' })).toEqual(['Social']);
  expect(await found({ search: 'muller' })).toEqual(['Social']);
  expect(await found({ search: 'b-77' })).toEqual(['Social']);
  expect(await found({ dataSource: 'google-ads' })).toEqual(['Search']);
});
