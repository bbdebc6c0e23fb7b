import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { connectionKey } from '../../../domain/connections/connection.item.ts';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { searchAccounts } from '../../../domain/connections/searchAccounts.ts';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { getCredentials } from '../../../domain/services/serviceConnection.ts';
import {
  aConnection,
  aCopy,
  aMember,
  anOrganization,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { aContext, aWorld, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { measured } from '../../support/measure.ts';
import { refused } from '../../support/state.ts';

/* A chain of copies that all follow the selection of their parents: the original, 50 copies, each made from the last. */
const engine = await anEngine();
const world = aWorld(engine);
const deepest = 50;
const page = { limit: 100 };

let owner: TestUser;
/** By how many copies they are away from the original. */
let chain: TestConnection[];

beforeAll(async () => {
  ({ owner } = await anOrganization(world, { limits: { workspaces: 1_000 } }));
  chain = [await aConnection(owner, (await aWorkspace(owner)).workspaceId)];
  for (let level = 1; level <= deepest; level++)
    chain.push(await aCopy(owner, atLevel(level - 1), (await aWorkspace(owner)).workspaceId));
  for (const level of levels) {
    const grant = { workspaceId: atLevel(level).workspaceId, role: 'editor' as const };
    editors.set(level, await aMember(owner, `editor-${level}@example.com`, grant));
  }
});

function atLevel(level: number): TestConnection {
  const connection = chain[level];
  if (!connection) throw new Error(`There is no copy ${level} levels deep.`);
  return connection;
}

/** Levels at which calls are counted, and for each an editor who sees the workspace of that copy alone. */
const levels = [1, 10, deepest];
const editors = new Map<number, TestUser>();

const what: Record<string, (editor: TestUser, copy: TestConnection) => Promise<unknown>> = {
  'reading it': (editor, copy) => getConnection(editor, at(copy)),
  'listing its workspace': (editor, copy) => listConnections(editor, copy.workspaceId, page),
  'listing its accounts': (editor, copy) => listAccounts(editor, at(copy), page),
  'searching for its accounts': (editor) => searchAccounts(editor, page),
  'reconnecting it': (editor, copy) => reconnect(editor, at(copy), { credentials: {} }),
  'giving its credentials to a service': ({ table }, copy) =>
    getCredentials(aContext({ ...world, table }, { kind: 'service', id: 's' }), {
      orgId: owner.actor.orgId,
      ...at(copy),
    }),
};

describe('however deep a copy is that follows its parents, there are as many calls for', () => {
  test.each(Object.entries(what))('%s', async (_, act) => {
    const calls = [];
    for (const [level, editor] of editors) {
      const { table, seen } = measured(engine.anotherTable());
      await act(changed(editor, { table }), atLevel(level));
      calls.push(seen.calls);
    }

    expect(calls.slice(1)).toEqual([calls[0], calls[0]]);
  });

  test('deleting it', async () => {
    const calls = [];
    for (const level of [1, 10, deepest - 1]) {
      const leaf = await aCopy(owner, atLevel(level), (await aWorkspace(owner)).workspaceId);
      const { table, seen } = measured(engine.anotherTable());
      await deleteConnection(changed(owner, { table }), at(leaf));
      calls.push(seen.calls);
    }

    expect(calls.slice(1)).toEqual([calls[0], calls[0]]);
  });
});

describe('a chain of copies', () => {
  test('follows whichever of its ancestors has a selection of its own, from one write on', async () => {
    const selectedDeepest = async () => (await getConnection(owner, at(atLevel(deepest)))).accounts.selected;
    const select = (level: number, accountIds: string[] | 'all') =>
      updateConnection(owner, at(atLevel(level)), UpdateConnection.parse({ accountIds }));

    const all = await selectedDeepest();
    await select(10, ['a1', 'a2']);
    const two = await selectedDeepest();
    await select(30, ['a1']);
    const one = await selectedDeepest();
    await select(30, 'all');
    await select(10, 'all');

    expect([all, two, one, await selectedDeepest()]).toEqual([3, 2, 1, 3]);
  });

  test('ends after 50: a further copy is refused, with where to copy from instead', async () => {
    const { workspaceId } = await aWorkspace(owner);

    const error = await refused(owner, () => aCopy(owner, atLevel(deepest), workspaceId));

    expect(error).toMatchObject({
      code: 'validation_failed',
      extra: { errors: [{ pointer: '#/connections/0' }] },
    });
    expect(JSON.stringify(error.extra)).toContain('Copy from the original');
  });

  test('ends after 50: of a whole workspace such a copy is passed over, and listed', async () => {
    const { workspaceId } = await aWorkspace(owner);
    const last = atLevel(deepest);

    const copied = await copyConnections(owner, workspaceId, { allFrom: [last.workspaceId] });

    expect(copied).toMatchObject({ items: [], skipped: [{ ...at(last), code: 'validation_failed' }] });
  });

  test('holds together', async () => {
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('resolves also when its copies were made before they carried their ancestors', async () => {
    for (const copy of chain.slice(1, 20))
      await engine.table.documents.send(
        new UpdateCommand({
          TableName: engine.table.name,
          Key: connectionKey(owner.actor.orgId, copy),
          UpdateExpression: 'REMOVE ancestors',
        }),
      );

    const old = await getConnection(owner, at(atLevel(19)));
    const fresh = await aCopy(owner, atLevel(19), (await aWorkspace(owner)).workspaceId);

    expect([old, fresh]).toMatchObject([{ accounts: { selected: 3 } }, { accounts: { selected: 3 } }]);
    expect((await getConnection(owner, at(fresh))).accounts).toEqual(fresh.accounts);
  });
});
