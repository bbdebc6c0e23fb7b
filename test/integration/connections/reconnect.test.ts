import { describe, expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { Reconnect, reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { getCredentials, reportAuthorization } from '../../../domain/services/serviceConnection.ts';
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
import { hour } from '../../support/clock.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { everything, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };
const credentials = { refreshToken: 'secret-2' };

/** An original, a copy of it and a copy of the copy, each in its own workspace. */
async function aLineage() {
  const agency = await anAgency(engine);
  const { owner } = agency;
  const original = await aConnection(owner, agency.home.workspaceId);
  const copy = await aCopy(owner, original, agency.elsewhere.workspaceId);
  const deep = await aWorkspace(owner, { name: 'Deep' });
  const copyOfCopy = await aCopy(owner, copy, deep.workspaceId, ['a1', 'a2']);
  const service = aContext(agency.world, { kind: 'service', id: 'worker' });
  return { ...agency, deep, original, copy, copyOfCopy, service, lineage: [original, copy, copyOfCopy] };
}

type Lineage = Awaited<ReturnType<typeof aLineage>>;

function shown({ owner, lineage }: Lineage) {
  return Promise.all(lineage.map((connection) => getConnection(owner, at(connection))));
}

describe('reconnecting', () => {
  test.each(['original', 'copy', 'copyOfCopy'] as const)(
    'through the %s shows on every connection of the lineage at once',
    async (through) => {
      const scene = await aLineage();
      await reportAuthorization(
        scene.service,
        { orgId: scene.orgId, ...at(scene.copy) },
        { authorizationVersion: 1, status: 'error', error: { code: 'expired', message: 'Log in again.' } },
      );
      expect((await shown(scene)).map(({ status, error }) => [status, error?.code])).toEqual(
        Array(3).fill(['error', 'expired']),
      );
      scene.world.clock.advance(hour);

      const answer = await reconnect(scene.owner, at(scene[through]), { credentials });

      expect(answer.reconnected).toBe(3);
      expect(answer.connection).toEqual(await getConnection(scene.owner, at(scene[through])));
      for (const connection of await shown(scene)) {
        expect(connection).toMatchObject({
          status: 'active',
          lastAuthorizedAt: '2026-03-02T10:00:00.000Z',
          lastAuthorizedBy: scene.owner.actor.userId,
          authorizationVersion: 2,
        });
        expect(connection.error).toBeUndefined();
      }
      expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
    },
  );

  test('gives every connection of the lineage the new credentials, each with its own accounts', async () => {
    const { owner, orgId, service, copyOfCopy, lineage } = await aLineage();

    await reconnect(owner, at(copyOfCopy), { credentials });

    const read = await Promise.all(lineage.map((c) => getCredentials(service, { orgId, ...at(c) })));
    expect(read.map((r) => [r.credentials, r.authorizationVersion])).toEqual(Array(3).fill([credentials, 2]));
    expect(read.map(({ accountIds }) => accountIds)).toEqual([
      ['a1', 'a2', 'a3'],
      ['a1', 'a2', 'a3'],
      ['a1', 'a2'],
    ]);
  });

  test('moves the authorization version of the whole lineage, and the version of none', async () => {
    const scene = await aLineage();
    const before = await shown(scene);

    await reconnect(scene.owner, at(scene.copy), { credentials });

    const after = await shown(scene);
    expect(after.map(({ authorizationVersion }) => authorizationVersion)).toEqual([2, 2, 2]);
    expect(after.map(({ version }) => version)).toEqual(before.map(({ version }) => version));
  });

  test('leaves other lineages as they are', async () => {
    const { owner, home, original } = await aLineage();
    const other = await aConnection(owner, home.workspaceId);

    await reconnect(owner, at(original), { credentials });

    expect(await getConnection(owner, at(other))).toEqual(other);
  });

  test('is told by one event, without the credentials', async () => {
    const { owner, original, copy, elsewhere } = await aLineage();

    await reconnect(owner, at(copy), { credentials });

    const { items } = await listEvents(owner, { ...page, type: 'connection.reconnected' });
    expect(items).toMatchObject([
      {
        workspaceId: elsewhere.workspaceId,
        details: {
          connectionId: copy.connectionId,
          originId: original.connectionId,
          reconnected: 3,
          authorizationVersion: 2,
        },
      },
    ]);
  });

  test('needs the right in the workspace of the connection alone', async () => {
    const { owner, deep, copyOfCopy, original } = await aLineage();
    const editor = await aMember(owner, 'deep@example.com', {
      workspaceId: deep.workspaceId,
      role: 'editor',
    });

    await expect(reconnect(editor, at(copyOfCopy), { credentials })).resolves.toMatchObject({
      reconnected: 3,
    });
    expect((await refused(editor, () => reconnect(editor, at(original), { credentials }))).code).toBe(
      'not_found',
    );
  });
});

describe('reconnecting is refused', () => {
  test('for another business account, which is named', async () => {
    const { owner, copy } = await aLineage();
    const businessAccount = { id: 'business-2', name: 'Business Two' };

    const error = await refused(owner, () => reconnect(owner, at(copy), { credentials, businessAccount }));

    expect(error).toMatchObject({
      code: 'business_account_mismatch',
      extra: { businessAccount: { id: 'business-1', name: 'Business One' } },
    });
  });

  test('not for the same business account under a new name, which all show', async () => {
    const scene = await aLineage();
    const businessAccount = { id: 'business-1', name: 'Renamed' };

    await reconnect(scene.owner, at(scene.copy), { credentials, businessAccount });

    expect((await shown(scene)).map((c) => c.businessAccount)).toEqual(Array(3).fill(businessAccount));
  });

  test('when present accounts would be lost, which are named', async () => {
    const { owner, copy } = await aLineage();
    const accounts = someAccounts('a2', 'a4');

    const error = await refused(owner, () => reconnect(owner, at(copy), { credentials, accounts }));

    expect(error).toMatchObject({
      code: 'accounts_would_be_lost',
      extra: { accounts: someAccounts('a1', 'a3') },
    });
  });

  test('when somebody else changed the connection since it was read, and not for a change of its lineage', async () => {
    const { owner, copy, original } = await aLineage();
    const { version } = await getConnection(owner, at(copy));
    await reconnect(owner, at(original), { credentials });
    await reconnect(owner, at(copy), { credentials }, version);
    await updateConnection(owner, at(copy), { name: 'Renamed' });

    const error = await refused(owner, () => reconnect(owner, at(copy), { credentials }, version));

    expect(error).toMatchObject({
      code: 'version_mismatch',
      extra: { currentVersion: (await getConnection(owner, at(copy))).version },
    });
  });
});

describe('accounts that were lost', () => {
  async function statusOf(reader: TestUser, connection: TestConnection) {
    const { items } = await listAccounts(reader, at(connection), page);
    return items.map(({ accountId, status, selected }) => [accountId, status, selected]);
  }

  test('show as unavailable where they were selected, and come back as they were', async () => {
    const { owner, original, copy, copyOfCopy } = await aLineage();
    const [accounts, acceptAccountLoss] = [someAccounts('a2', 'a3'), true];

    await reconnect(owner, at(copy), { credentials, accounts, acceptAccountLoss });

    expect(await statusOf(owner, copyOfCopy)).toEqual([
      ['a1', 'unavailable', true],
      ['a2', 'available', true],
      ['a3', 'available', false],
    ]);
    expect((await getConnection(owner, at(copyOfCopy))).accounts).toMatchObject({ total: 2, selected: 1 });

    await reconnect(owner, at(original), { credentials, accounts: someAccounts('a1', 'a2', 'a3') });

    expect(await statusOf(owner, copyOfCopy)).toEqual([
      ['a1', 'available', true],
      ['a2', 'available', true],
      ['a3', 'available', false],
    ]);
  });

  test('are no loss a second time', async () => {
    const { owner, copy } = await aLineage();
    const accounts = someAccounts('a2', 'a3');
    await reconnect(owner, at(copy), { credentials, accounts, acceptAccountLoss: true });

    await expect(reconnect(owner, at(copy), { credentials, accounts })).resolves.toMatchObject({
      connection: { accounts: { total: 2 } },
    });
  });
});

test('credentials stand nowhere in the clear', async () => {
  const { owner, copy, world } = await aLineage();
  await reconnect(owner, at(copy), { credentials: { refreshToken: 'a-secret-nobody-may-read' } });

  const stored = JSON.stringify(await everything(world.table), (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );

  expect(stored).not.toContain('a-secret-nobody-may-read');
  expect(stored).not.toContain('secret-1');
});

test('the shared authorization shows on every list', async () => {
  const { owner, orgId, service, original, home, elsewhere, deep } = await aLineage();
  const report = {
    authorizationVersion: 1,
    status: 'error' as const,
    error: { code: 'expired', message: '' },
  };
  await reportAuthorization(service, { orgId, ...at(original) }, report);

  for (const { workspaceId } of [home, elsewhere, deep]) {
    const failed = await listConnections(owner, workspaceId, { ...page, status: 'error' });
    const active = await listConnections(owner, workspaceId, { ...page, status: 'active' });
    expect([failed.items.length, active.items.length]).toEqual([1, 0]);
  }
});

test('a report about an older authorization than the present one is refused', async () => {
  const { owner, orgId, service, original } = await aLineage();
  await reconnect(owner, at(original), { credentials });
  const place = { orgId, ...at(original) };

  const error = await refused(service, () =>
    reportAuthorization(service, place, { authorizationVersion: 1, status: 'active' }),
  );

  expect(error).toMatchObject({ code: 'stale_authorization', extra: { authorizationVersion: 2 } });
});

test.each([
  ['exactly 16 KB', 16 * 1024, true],
  ['one byte more', 16 * 1024 + 1, false],
])('credentials of %s: %s bytes are taken: %s', (_, bytes, isTaken) => {
  const large = { t: 'x'.repeat(bytes - '{"t":""}'.length) };

  expect(Reconnect.safeParse({ credentials: large }).success).toBe(isTaken);
});

test('a copy that is made later has the present authorization', async () => {
  const { owner, original } = await aLineage();
  await reconnect(owner, at(original), { credentials });
  const { workspaceId } = await aWorkspace(owner);

  const copied = await copyConnections(owner, workspaceId, { connections: [at(original)] });

  expect(copied).toMatchObject({ items: [{ authorizationVersion: 2 }] });
});
