import { describe, expect, test } from 'vitest';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listLineage } from '../../../domain/connections/lineage.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, aCopy, aMember, at, aWorkspace, type TestConnection } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { everything, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

/** An original in Home, a copy in Elsewhere, a copy of the copy in Deep. */
async function aLineage() {
  const agency = await anAgency(engine);
  const { owner } = agency;
  const original = await aConnection(owner, agency.home.workspaceId);
  const copy = await aCopy(owner, original, agency.elsewhere.workspaceId);
  const deep = await aWorkspace(owner, { name: 'Deep' });
  const copyOfCopy = await aCopy(owner, copy, deep.workspaceId);
  return { ...agency, deep, original, copy, copyOfCopy };
}

function listed({ connectionId, workspaceId }: TestConnection, workspaceName: string) {
  return { connectionId, workspaceId, workspaceName };
}

describe('deleting from the leaves up', () => {
  test('is refused for a parent while a copy stands, with the copies', async () => {
    const { owner, original, copy, copyOfCopy } = await aLineage();

    const ofOriginal = await refused(owner, () => deleteConnection(owner, at(original)));
    const ofCopy = await refused(owner, () => deleteConnection(owner, at(copy)));

    expect(ofOriginal).toMatchObject({
      code: 'connection_has_copies',
      extra: { copies: { total: 1, hidden: 0, items: [listed(copy, 'Elsewhere')] } },
    });
    expect(ofCopy).toMatchObject({
      code: 'connection_has_copies',
      extra: { copies: { total: 1, hidden: 0, items: [listed(copyOfCopy, 'Deep')] } },
    });
  });

  test('succeeds for each as soon as nothing hangs on it', async () => {
    const { owner, original, copy, copyOfCopy, home } = await aLineage();

    for (const leaf of [copyOfCopy, copy, original]) {
      await deleteConnection(owner, at(leaf));
      expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
    }

    expect((await getWorkspace(owner, home.workspaceId)).connectionCount).toBe(0);
    await expect(getConnection(owner, at(original))).rejects.toMatchObject({ code: 'not_found' });
    expect((await refused(owner, () => deleteConnection(owner, at(original)))).code).toBe('not_found');
  });

  test('takes the credentials and every page of accounts with the original, also what a longer list left', async () => {
    const { owner, home } = await anAgency(engine);
    const long = Array.from({ length: 2_000 }, (_, n) => ({ id: `account-${n}`, name: 'x'.repeat(256) }));
    const original = await aConnection(owner, home.workspaceId, { accounts: long });
    const short = long.map(({ id }) => ({ id, name: '' }));
    await reconnect(owner, at(original), { credentials: {}, accounts: short });

    await deleteConnection(owner, at(original));

    const left = (await everything(engine.table)).map(({ sk }) => sk);
    expect(left.filter((sk) => sk.includes(original.connectionId))).toEqual([]);
  });

  test('is told by an event that names the lineage', async () => {
    const { owner, original, copy, copyOfCopy, deep } = await aLineage();

    await deleteConnection(owner, at(copyOfCopy));

    const { items } = await listEvents(owner, { ...page, workspaceId: deep.workspaceId });
    expect(items[0]).toMatchObject({
      type: 'connection.deleted',
      details: {
        connectionId: copyOfCopy.connectionId,
        originId: original.connectionId,
        parentId: copy.connectionId,
      },
    });
  });
});

describe('the copies in the way', () => {
  test('are only counted where the caller does not see the workspace', async () => {
    const { owner, editor, home, original, copy } = await aLineage();
    const seen = await aWorkspace(owner, {
      name: 'Seen',
      members: [{ userId: editor.actor.userId, role: 'viewer' }],
    });
    const third = await aCopy(owner, original, seen.workspaceId);

    const error = await refused(editor, () => deleteConnection(editor, at(original)));

    expect(error.extra.copies).toEqual({ total: 2, hidden: 1, items: [listed(third, 'Seen')] });
    expect(JSON.stringify(error.extra)).not.toContain(copy.connectionId);
    expect(await listLineage(editor, { ...at(original), workspaceId: home.workspaceId }, page)).toMatchObject(
      {
        total: 4,
        hidden: 2,
        items: [{ connectionId: original.connectionId }, { connectionId: third.connectionId }],
      },
    );
  });

  test('are the direct ones, not the copies of copies', async () => {
    const { owner, original, copy } = await aLineage();

    const error = await refused(owner, () => deleteConnection(owner, at(original)));

    expect(error.extra.copies).toMatchObject({ total: 1, items: [{ connectionId: copy.connectionId }] });
  });
});

describe('the version that the caller saw', () => {
  test('is refused when it is not the present one, with the present one', async () => {
    const { owner, copyOfCopy } = await aLineage();

    const error = await refused(owner, () => deleteConnection(owner, at(copyOfCopy), copyOfCopy.version + 1));

    expect(error).toMatchObject({
      code: 'version_mismatch',
      extra: { currentVersion: copyOfCopy.version },
    });
  });

  test('is taken when it is the present one', async () => {
    const { owner, copyOfCopy } = await aLineage();

    await expect(deleteConnection(owner, at(copyOfCopy), copyOfCopy.version)).resolves.toBeNull();
  });
});

test('a lineage lists the origin first and every copy under its parent', async () => {
  const { owner, original, copy, copyOfCopy } = await aLineage();

  const lineage = await listLineage(owner, at(copyOfCopy), page);

  expect(lineage).toMatchObject({
    origin: { connectionId: original.connectionId, workspaceName: 'Home' },
    total: 3,
    hidden: 0,
    nextCursor: null,
  });
  expect(lineage.items.map((item) => [item.connectionId, item.parentId, item.workspaceName])).toEqual([
    [original.connectionId, null, 'Home'],
    [copy.connectionId, original.connectionId, 'Elsewhere'],
    [copyOfCopy.connectionId, copy.connectionId, 'Deep'],
  ]);
});

test('a deleted copy can be made again', async () => {
  const { owner, copy, copyOfCopy, deep } = await aLineage();
  await deleteConnection(owner, at(copyOfCopy));

  const again = await aCopy(owner, copy, deep.workspaceId);

  expect(again.connectionId).not.toBe(copyOfCopy.connectionId);
  await expect(getConnection(owner, at(copyOfCopy))).rejects.toMatchObject({ code: 'not_found' });
  expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
});

test('a viewer may not delete', async () => {
  const { owner, deep, copyOfCopy } = await aLineage();
  const viewer = await aMember(owner, 'deep@example.com', { workspaceId: deep.workspaceId, role: 'viewer' });

  expect((await refused(viewer, () => deleteConnection(viewer, at(copyOfCopy)))).code).toBe('forbidden');
});
