import { describe, expect, test } from 'vitest';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { putMember } from '../../../domain/members/changeMember.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
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
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { refused } from '../../support/state.ts';

const engine = await anEngine();
const credentials = { refreshToken: 'secret-2' };
const none = { credentials, accounts: [] };

type Scene = Agency & {
  original: TestConnection;
  copy: TestConnection;
  sibling: TestConnection;
  /** An editor where the copy is, and nowhere else. */
  local: TestUser;
  /** An editor of the copy's workspace and of the origin's. */
  both: TestUser;
};

/** An original with a1, a2 and a3; a copy with a1 and a2; another copy that follows the original. */
function aLineage(): Promise<Scene> {
  return freshCopy(engine, 'reconnecting by right', async () => {
    const agency = await anAgency(engine);
    const { owner, home, elsewhere } = agency;
    const original = await aConnection(owner, home.workspaceId);
    const { workspaceId } = await aWorkspace(owner, { name: 'Sibling' });
    const editorOf = (...ids: (typeof workspaceId)[]) =>
      ids.map((id) => ({ workspaceId: id, role: 'editor' as const }));
    return {
      ...agency,
      original,
      copy: await aCopy(owner, original, elsewhere.workspaceId, ['a1', 'a2']),
      sibling: await aCopy(owner, original, workspaceId),
      local: await aMember(owner, 'local@example.com', ...editorOf(elsewhere.workspaceId)),
      both: await aMember(owner, 'both@example.com', ...editorOf(elsewhere.workspaceId, home.workspaceId)),
    };
  });
}

/** What the lineage shares but its authorization, and what each of its connections has selected. */
async function shared({ owner, original, copy, sibling }: Scene) {
  return Promise.all(
    [original, copy, sibling].map(async (one) => {
      const { businessAccount, name, version, accounts } = await getConnection(owner, at(one));
      const { items } = await listAccounts(owner, at(one), { limit: 100 });
      return { businessAccount, name, version, accounts, items };
    }),
  );
}

describe('without the right in the origin’s workspace', () => {
  test('a list is compared with what the connection has selected, and no other account is named', async () => {
    const { local, copy } = await aLineage();

    const error = await refused(local, () => reconnect(local, at(copy), none));

    expect(error.code).toBe('accounts_would_be_lost');
    expect(error.extra).toEqual({ accounts: someAccounts('a1', 'a2'), accountCount: 2 });
  });

  test('a list with all that the connection has selected is no loss', async () => {
    const { local, copy } = await aLineage();

    const answer = await reconnect(local, at(copy), { credentials, accounts: someAccounts('a1', 'a2') });

    expect(answer).toMatchObject({ reconnected: 3, accountList: 'unchanged' });
  });

  test('accepting the loss reconnects the lineage and changes no list, name or selection', async () => {
    const scene = await aLineage();
    const { local, copy, orgId } = scene;
    const before = await shared(scene);

    const answer = await reconnect(local, at(copy), {
      credentials,
      accounts: [
        { id: 'a1', name: 'Renamed by a client' },
        { id: 'z', name: 'Smuggled in' },
      ],
      acceptAccountLoss: true,
      businessAccount: { id: 'business-1', name: 'Renamed by a client' },
    });

    expect(answer).toMatchObject({
      reconnected: 3,
      accountList: 'unchanged',
      connection: { authorizationVersion: 2, accounts: { selected: 2, total: 3 } },
    });
    expect(await shared(scene)).toEqual(before);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('another name of the business account is passed over without an error', async () => {
    const scene = await aLineage();
    const { local, copy } = scene;
    const before = await shared(scene);

    await reconnect(local, at(copy), { credentials, businessAccount: { id: 'business-1', name: 'Renamed' } });

    expect(await shared(scene)).toEqual(before);
  });

  test('a viewer of the origin’s workspace has it no more than a stranger', async () => {
    const { owner, local, home, copy } = await aLineage();
    await putMember(owner, { workspaceId: home.workspaceId, userId: local.actor.userId }, 'viewer');

    const error = await refused(local, () => reconnect(local, at(copy), none));

    expect(error.extra.accounts).toEqual(someAccounts('a1', 'a2'));
  });

  test('an account that is lost already is no loss a second time', async () => {
    const { owner, local, copy } = await aLineage();
    const accounts = someAccounts('a2', 'a3');
    await reconnect(owner, at(copy), { credentials, accounts, acceptAccountLoss: true });

    await expect(
      reconnect(local, at(copy), { credentials, accounts: someAccounts('a2') }),
    ).resolves.toMatchObject({ accountList: 'unchanged' });
  });

  test('a copy that follows its parent has selected what that has', async () => {
    const { owner, original, sibling } = await aLineage();
    await updateConnection(owner, at(original), { accountIds: ['a3'] });
    const { workspaceId } = sibling;
    const editor = await aMember(owner, 'sibling@example.com', { workspaceId, role: 'editor' });

    const error = await refused(editor, () => reconnect(editor, at(sibling), none));

    expect(error.extra.accounts).toEqual(someAccounts('a3'));
  });

  test('who loses it while they reconnect replaces nothing', async () => {
    const scene = await aLineage();
    const { owner, both, home, copy } = scene;
    const place = { workspaceId: home.workspaceId, userId: both.actor.userId };
    const revoke = beforeFirstWrite(() => putMember(owner, place, 'viewer'));
    const late = changed(both, { table: tableThrough(engine.anotherTable(), revoke) });
    const before = await shared(scene);

    const answer = await reconnect(late, at(copy), {
      credentials,
      accounts: someAccounts('a1', 'a2', 'a9'),
      acceptAccountLoss: true,
      businessAccount: { id: 'business-1', name: 'Renamed' },
    });

    expect(answer).toMatchObject({ accountList: 'unchanged', connection: { authorizationVersion: 2 } });
    expect(await shared(scene)).toEqual(before);
  });
});

describe('with the right in the origin’s workspace', () => {
  test.each(['both', 'owner'] as const)(
    'the list and the name are replaced through a copy, by %s',
    async (who) => {
      const { owner, original, copy, ...scene } = await aLineage();
      const businessAccount = { id: 'business-1', name: 'Renamed' };
      const caller = { owner, both: scene.both }[who];

      const answer = await reconnect(caller, at(copy), {
        credentials,
        accounts: someAccounts('a1', 'a2', 'a3', 'a4'),
        businessAccount,
      });

      expect(answer).toMatchObject({ accountList: 'replaced', connection: { businessAccount } });
      expect(await getConnection(owner, at(original))).toMatchObject({
        businessAccount,
        accounts: { total: 4 },
      });
    },
  );

  test('all accounts that the lineage would lose are counted, and the first 100 named', async () => {
    const { owner, original } = await aLineage();
    const many = someAccounts(...Array.from({ length: 150 }, (_, n) => `m${100 + n}`));
    const replace = { credentials, accounts: many, acceptAccountLoss: true };
    await reconnect(owner, at(original), replace);

    const error = await refused(owner, () => reconnect(owner, at(original), none));

    expect(error.extra).toEqual({ accounts: many.slice(0, 100), accountCount: 150 });
  });

  test('without a list the answer says that it is unchanged', async () => {
    const { owner, original } = await aLineage();

    expect(await reconnect(owner, at(original), { credentials })).toMatchObject({ accountList: 'unchanged' });
  });
});
