import { beforeAll, describe, expect, test } from 'vitest';
import type {
  Account,
  AuditEvent,
  Connection,
  FoundAccount,
  Invitation,
  Lineage,
  Member,
  Organization,
  Page,
  User,
  Workspace,
} from './shapes.ts';
import { type Caller, onStage, refused } from './stage.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  aPerson,
  aWorkspace,
  connections,
  type Person,
  pathOf,
  people,
  servicePathOf,
  type World,
  walk,
  withQuery,
} from './world.ts';

/** A list, who reads it, what tells its items apart, and something that comes into it and goes again. */
type List = {
  path: string;
  by: () => Caller;
  idOf: (item: never) => string;
  churn: () => Promise<unknown>;
};

const standing = 10;

onStage('lists', (stage) => {
  let world: World;
  let owner: Person;
  let member: Person;
  let workspaceId: string;
  let origin: Connection;
  let spare: string[];
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
    owner = world.owner;
    ({ workspaceId } = await aWorkspace(owner, { name: 'Place' }));
    const crowd = await people(stage, owner, workspaceId, { count: standing });
    member = await aPerson(stage, owner, { [workspaceId]: 'admin' });
    await connections(stage, owner, workspaceId, standing);
    origin = await aConnection(stage, owner, workspaceId, { name: 'Origin' });
    const members = [{ userId: member.userId, role: 'viewer' }];
    const places = await Promise.all(
      Array.from({ length: standing }, (_, n) => aWorkspace(owner, { name: `Workspace ${n}`, members })),
    );
    for (const place of places) await aCopy(owner, origin, place.workspaceId);
    const invitations = places.map(() => ({
      email: stage.email('guest'),
      grants: [{ workspaceId, role: 'viewer' }],
    }));
    await owner.make('/v1/invitations', { invitations });
    spare = [];
    for (let n = 0; n < 3; n++) {
      const { workspaceId: other } = await aWorkspace(owner, {
        name: 'Spare',
        members: crowd.slice(0, 1).map(({ userId }) => ({ userId, role: 'viewer' })),
      });
      spare.push(other);
    }
  });

  const comesAndGoes = async (
    by: Caller,
    path: string,
    body: unknown,
    pathOfMade: (made: never) => string,
  ) => {
    const made = await by.make<never>(path, body);
    await by.delete(pathOfMade(made));
  };
  const workspacePath = ({ workspaceId: id }: Workspace) => `/v1/workspaces/${id}`;
  let copies = 0;

  const lists: Record<string, () => List> = {
    'workspaces of an owner': () => ({
      path: '/v1/workspaces',
      by: () => owner,
      idOf: ({ workspaceId: id }: Workspace) => id,
      churn: () => comesAndGoes(owner, '/v1/workspaces', { name: 'Passing' }, workspacePath),
    }),
    'workspaces of a member': () => ({
      path: '/v1/workspaces',
      by: () => member,
      idOf: ({ workspaceId: id }: Workspace) => id,
      churn: () => comesAndGoes(member, '/v1/workspaces', { name: 'Passing' }, workspacePath),
    }),
    'workspaces that are searched': () => ({
      path: '/v1/workspaces?search=WORKSPACE',
      by: () => owner,
      idOf: ({ workspaceId: id }: Workspace) => id,
      churn: () => comesAndGoes(owner, '/v1/workspaces', { name: 'Workspace, passing' }, workspacePath),
    }),
    connections: () => ({
      path: `/v1/workspaces/${workspaceId}/connections`,
      by: () => owner,
      idOf: ({ connectionId }: Connection) => connectionId,
      churn: async () => owner.delete(pathOf(await aConnection(stage, owner, workspaceId, { accounts: [] }))),
    }),
    members: () => ({
      path: `/v1/workspaces/${workspaceId}/members`,
      by: () => owner,
      idOf: ({ userId }: Member) => userId ?? '',
      churn: async () => {
        const path = `/v1/workspaces/${spare[copies++ % 3]}/members/${member.userId}`;
        await owner.put(path, { role: 'viewer' });
        await owner.delete(path);
      },
    }),
    'members with those who are invited': () => ({
      path: `/v1/workspaces/${workspaceId}/members?include=invitations`,
      by: () => owner,
      idOf: ({ userId, invitationId }: Member) => userId ?? invitationId ?? '',
      churn: passingInvitation,
    }),
    invitations: () => ({
      path: `/v1/invitations?workspaceId=${workspaceId}`,
      by: () => owner,
      idOf: ({ invitationId }: Invitation) => invitationId,
      churn: passingInvitation,
    }),
    people: () => ({
      path: '/v1/users',
      by: () => owner,
      idOf: ({ userId }: User) => userId,
      churn: passingInvitation,
    }),
    'people who are not in a workspace': () => ({
      path: `/v1/users?notInWorkspaceId=${spare[0]}`,
      by: () => owner,
      idOf: ({ userId }: User) => userId,
      churn: passingInvitation,
    }),
    events: () => ({
      path: '/v1/events?type=workspace.created',
      by: () => owner,
      idOf: ({ eventId }: AuditEvent) => eventId,
      churn: () => comesAndGoes(owner, '/v1/workspaces', { name: 'Passing' }, workspacePath),
    }),
    'events of a workspace': () => ({
      path: `/v1/events?workspaceId=${workspaceId}&type=connection.created`,
      by: () => member,
      idOf: ({ eventId }: AuditEvent) => eventId,
      churn: async () => owner.delete(pathOf(await aConnection(stage, owner, workspaceId, { accounts: [] }))),
    }),
    'a lineage': () => ({
      path: `${pathOf(origin)}/lineage`,
      by: () => owner,
      idOf: ({ connectionId }: Lineage['items'][number]) => connectionId,
      churn: async () => owner.delete(pathOf(await aCopy(owner, origin, spare[copies++ % 3] ?? ''))),
    }),
    'accounts to copy': () => ({
      path: '/v1/accounts?search=socks',
      by: () => owner,
      idOf: ({ accountId, connection }: FoundAccount) => `${connection.connectionId} ${accountId}`,
      churn: async () => owner.delete(pathOf(await aConnection(stage, owner, workspaceId))),
    }),
    organizations: () => ({
      path: '/v1/admin/organizations',
      by: () => stage.support(),
      idOf: ({ organizationId }: Organization) => organizationId,
      churn: () => anOrganization(stage),
    }),
  };

  async function passingInvitation(): Promise<void> {
    const invitations = [{ email: stage.email('passing'), grants: [{ workspaceId, role: 'viewer' }] }];
    const { items } = await owner.make<{ items: { invitationId: string }[] }>('/v1/invitations', {
      invitations,
    });
    await owner.delete(`/v1/invitations/${items[0]?.invitationId}`);
  }

  const idsOf = (list: List, items: unknown[]) => items.map((item) => list.idOf(item as never));

  describe.each(Object.entries(lists))('%s', (name, make) => {
    test('give the same items in the same order, each once, in pages of 1, 3 and 100', async () => {
      const list = make();
      // Four organizations are enough for one page each.
      const whole = idsOf(list, await walk(list.by(), list.path, 100));

      for (const limit of [1, 3])
        expect(idsOf(list, await walk(list.by(), list.path, limit)), `${limit}`).toEqual(whole);

      expect(new Set(whole).size).toBe(whole.length);
      if (name !== 'organizations') expect(whole.length).toBeGreaterThanOrEqual(standing);
    });

    test('are complete while others come and go: what stands throughout is there once', async () => {
      const list = make();
      const before = idsOf(list, await walk(list.by(), list.path, 100));

      const seen: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const [page] = await Promise.all([
          list.by().read<Page<unknown>>(withQuery(list.path, { limit: 3, cursor })),
          list.churn(),
        ]);
        seen.push(...idsOf(list, page.items));
        cursor = page.nextCursor;
      }

      const after = new Set(idsOf(list, await walk(list.by(), list.path, 100)));
      const stood = before.filter((id) => after.has(id));
      expect(seen.filter((id) => stood.includes(id)).sort()).toEqual([...stood].sort());
      expect(new Set(seen).size).toBe(seen.length);
    });
  });

  test('what is deleted under the cursor does not end the walk', async () => {
    const { workspaceId: place } = await aWorkspace(owner);
    const made = await connections(stage, owner, place, 10);
    const path = `/v1/workspaces/${place}/connections`;
    const first = await owner.read<Page<Connection>>(`${path}?limit=3`);

    for (const one of first.items) await owner.delete(pathOf(one));
    const rest = await walk<Connection>(owner, withQuery(path, { cursor: first.nextCursor ?? '' }));

    expect([...first.items, ...rest].map(({ connectionId }) => connectionId).sort()).toEqual(
      made.map(({ connectionId }) => connectionId).sort(),
    );
  });

  test('an empty list is one page without items', async () => {
    const { workspaceId: place } = await aWorkspace(owner);

    for (const path of [
      `/v1/workspaces/${place}/connections`,
      `/v1/invitations?workspaceId=${place}`,
      '/v1/users?search=nobody-at-all',
    ])
      expect(await owner.read(path)).toEqual({ items: [], nextCursor: null });
  });

  test('a page that just holds the rest is the last one', async () => {
    const { workspaceId: place } = await aWorkspace(owner);
    await connections(stage, owner, place, 3);

    expect(await owner.read(`/v1/workspaces/${place}/connections?limit=3`)).toMatchObject({
      nextCursor: null,
    });
  });

  test.each([1, 101])('%i items are walked in pages of the default 50, and of 100', async (count) => {
    const { workspaceId: place } = await aWorkspace(owner);
    await connections(stage, owner, place, count);
    const path = `/v1/workspaces/${place}/connections`;
    const sizes = async (limit?: number) => {
      const pages: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: Page<Connection> = await owner.read(withQuery(path, { limit, cursor }));
        pages.push(page.items.length);
        cursor = page.nextCursor;
      }
      return pages;
    };

    expect([await sizes(), await sizes(100)]).toEqual(
      count === 1
        ? [[1], [1]]
        : [
            [50, 50, 1],
            [100, 1],
          ],
    );
  });

  test('a cursor is good for its own list, filter and caller alone, and only as it was issued', async () => {
    const { workspaceId: other } = await aWorkspace(owner);
    await connections(stage, owner, other, 2);
    const path = `/v1/workspaces/${workspaceId}/connections`;
    const { nextCursor } = await owner.read<Page<Connection>>(`${path}?limit=1`);
    const cursor = nextCursor ?? '';
    const stranger = await anOrganization(stage);
    const misused = [
      owner.get(withQuery(`/v1/workspaces/${other}/connections`, { cursor })),
      owner.get(withQuery(path, { cursor, search: 'Connection' })),
      owner.get(withQuery(path, { cursor, status: 'active' })),
      owner.get(withQuery(`/v1/workspaces/${workspaceId}/members`, { cursor })),
      owner.get(withQuery('/v1/workspaces', { cursor })),
      owner.get(withQuery(`${pathOf(origin)}/accounts`, { cursor })),
      owner.get(withQuery('/v1/accounts', { cursor })),
      member.get(withQuery(path, { cursor })),
      stranger.owner.get(withQuery('/v1/workspaces', { cursor })),
      stage.support().get(withQuery('/v1/admin/organizations', { cursor })),
      ...[cursor.slice(1), cursor.slice(0, -2), `${cursor.slice(0, -2)}AA`, 'x', 'null', 'e30'].map(
        (forged) => owner.get(withQuery(path, { cursor: forged })),
      ),
    ];

    for (const answer of await Promise.all(misused)) refused(answer, 400, 'invalid_cursor');
    expect((await owner.get(withQuery(path, { cursor, limit: 7 }))).status).toBe(200);
  });

  test('a search finds parts whatever their case and accents, in every list that has one', async () => {
    const { owner: by } = await anOrganization(stage);
    const { workspaceId: place } = await aWorkspace(by, { name: 'Crème Brûlée GmbH' });
    await aConnection(stage, by, place, { name: 'Łódź Ads', accounts: [{ id: 'x1', name: 'Ñandú' }] });
    const found = async (path: string, search: string) =>
      (await walk<{ name: string }>(by, withQuery(path, { search }))).map(({ name }) => name);

    for (const search of ['creme brulee', 'CRÈME', 'ème brû', 'crème brûlée gmbh'])
      expect(await found('/v1/workspaces', search), search).toEqual(['Crème Brûlée GmbH']);
    for (const search of ['nandu', 'ÑANDÚ', 'X1']) {
      expect(await found('/v1/accounts', search), search).toEqual(['Ñandú']);
      expect(await found('/v1/accounts?dataSource=google-ads', search), search).toEqual(['Ñandú']);
    }
    expect(await found(`/v1/workspaces/${place}/connections`, 'ODZ')).toEqual(['Łódź Ads']);
    expect(await found('/v1/workspaces', 'creme  brulee')).toEqual([]);
  });

  describe('10,000 accounts on one connection', () => {
    const tenThousand = Array.from({ length: 10_000 }, (_, n) => ({
      id: `act_${String(n).padStart(5, '0')}`,
      name: `Account ${n} of Zoë`,
    }));
    let big: Connection;
    beforeAll(async () => {
      const { workspaceId: place } = await aWorkspace(owner);
      big = await aConnection(stage, owner, place, { accounts: tenThousand });
    });

    test('are all listed, each once, in pages of 100', async () => {
      const accounts = await walk<Account>(owner, `${pathOf(big)}/accounts`, 100);

      expect(big.accounts).toEqual({ status: 'ready', mode: 'all', total: 10_000, selected: 10_000 });
      expect(accounts.map(({ accountId }) => accountId)).toEqual(tenThousand.map(({ id }) => id));
    });

    test('are searched, selected and copied as a few are', async () => {
      const { workspaceId: place } = await aWorkspace(owner);
      const half = tenThousand.filter((_, n) => n % 2 === 0).map(({ id }) => id);

      const copy = await aCopy(owner, big, place, half);
      const found = await walk<Account>(owner, `${pathOf(copy)}/accounts?search=ACCOUNT 9998 of zoe`);

      expect(copy.accounts).toMatchObject({ mode: 'selected', selected: 5_000 });
      expect(found).toEqual([
        { accountId: 'act_09998', name: 'Account 9998 of Zoë', status: 'available', selected: true },
      ]);
    });

    test('walk completely while a service replaces the list under the cursor', async () => {
      const path = `${pathOf(big)}/accounts`;
      const service = `${servicePathOf(world.organizationId, big)}/accounts`;
      const seen: string[] = [];
      let cursor: string | null | undefined;
      for (let pages = 0; pages < 30 && cursor !== null; pages++) {
        const page: Page<Account> = await owner.read(
          withQuery(path, { limit: 100, cursor, search: 'Account 1' }),
        );
        seen.push(...page.items.map(({ accountId }) => accountId));
        cursor = page.nextCursor;
        if (pages % 5 === 0) {
          const accounts = [
            ...tenThousand.filter(({ id }) => id !== `act_0000${pages}`),
            { id: `new_${pages}`, name: 'New' },
          ];
          await stage.service('authorization.write').put(service, { authorizationVersion: 1, accounts });
        }
      }

      const stood = tenThousand.filter(({ name }) => name.startsWith('Account 1')).map(({ id }) => id);
      expect(seen.filter((id) => stood.includes(id))).toEqual(stood.filter((id) => seen.includes(id)));
      expect(new Set(seen).size).toBe(seen.length);
      expect(stood.filter((id) => !seen.includes(id) && !/^act_0000\d$/.test(id))).toEqual([]);
    });
  });
});
