import { describe, expect, test } from 'vitest';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { listLineage } from '../../../domain/connections/lineage.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { searchAccounts } from '../../../domain/connections/searchAccounts.ts';
import { listConnectionEvents } from '../../../domain/events/listConnectionEvents.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { listInvitations } from '../../../domain/invitations/manage.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { listMembers } from '../../../domain/members/listMembers.ts';
import { listOrganizations } from '../../../domain/organizations/listOrganizations.ts';
import type { Page } from '../../../domain/table/page.ts';
import { listUsers } from '../../../domain/users/listUsers.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { listWorkspaces } from '../../../domain/workspaces/listWorkspaces.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  aSupporter,
  at,
  aWorkspace,
  someAccounts,
  type TestConnection,
  type TestUser,
  type TestWorkspace,
} from '../../support/builders.ts';
import { aWorld } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { failure } from '../../support/state.ts';

const engine = await anEngine();

type Scene = Agency & {
  reader: TestUser;
  workspaces: TestWorkspace[];
  connections: TestConnection[];
  copies: TestConnection[];
};
type Asked = { limit: number; cursor?: string | undefined };

/** Seven workspaces of the admin, seven connections in Home, seven copies of the first of them. */
function manyThings(): Promise<Scene> {
  return freshCopy(engine, 'many things', builtThings);
}

async function builtThings(): Promise<Scene> {
  const agency = await anAgency(engine, { limits: { workspaces: 100 } });
  const { admin, owner, home } = agency;
  const workspaces: TestWorkspace[] = [];
  const connections: TestConnection[] = [];
  const copies: TestConnection[] = [];
  for (let n = 0; n < 7; n++) workspaces.push(await aWorkspace(admin, { name: `Workspace ${n}` }));
  for (let n = 0; n < 7; n++)
    connections.push(
      await aConnection(owner, home.workspaceId, { accounts: someAccounts(`a${n}`, `b${n}`) }),
    );
  for (const { workspaceId } of workspaces)
    copies.push(await aCopy(owner, connections[0] as TestConnection, workspaceId));
  for (const one of [connections[0], copies[0], copies[1]])
    await reconnect(owner, at(one as TestConnection), { credentials: { token: 'new' } });
  return { ...agency, reader: admin, workspaces, connections, copies };
}

type List = {
  name: string;
  page: (scene: Scene, reader: TestUser, asked: Asked) => Promise<Page<object>>;
  id: string;
  /** Adds one thing and takes one away that stood at the start; gives the ids of both. */
  change?: (scene: Scene, n: number) => Promise<(string | undefined)[]>;
};

const lists: List[] = [
  {
    name: 'workspaces of an owner',
    page: ({ owner }, _, asked) => listWorkspaces(owner, asked),
    id: 'workspaceId',
    change: async ({ owner, workspaces, copies }, n) => {
      const [gone, copy] = [workspaces[6 - n], copies[6 - n]];
      if (!gone || !copy) return [];
      await deleteConnection(owner, at(copy));
      await deleteWorkspace(owner, gone.workspaceId);
      return [gone.workspaceId, (await aWorkspace(owner)).workspaceId];
    },
  },
  {
    name: 'workspaces of an admin',
    page: (_, reader, asked) => listWorkspaces(reader, asked),
    id: 'workspaceId',
    change: async ({ owner, reader, workspaces }, n) => {
      const gone = workspaces[6 - n]?.workspaceId;
      if (!gone) return [];
      const { userId } = reader.actor;
      await putMember(owner, { workspaceId: gone, userId: owner.actor.userId }, 'admin');
      await removeMember(owner, { workspaceId: gone, userId });
      return [gone, (await aWorkspace(reader)).workspaceId];
    },
  },
  {
    name: 'connections',
    page: ({ home }, reader, asked) => listConnections(reader, home.workspaceId, asked),
    id: 'connectionId',
    change: async ({ owner, home, connections }, n) => {
      const gone = connections[6 - n];
      if (!gone || n > 5) return [];
      await deleteConnection(owner, at(gone));
      return [gone.connectionId, (await aConnection(owner, home.workspaceId)).connectionId];
    },
  },
  {
    name: 'connections that are searched',
    page: ({ home }, reader, asked) =>
      listConnections(reader, home.workspaceId, { ...asked, search: 'business' }),
    id: 'connectionId',
  },
  {
    name: 'members',
    page: ({ home }, reader, asked) => listMembers(reader, home.workspaceId, asked),
    id: 'userId',
    change: async ({ owner, home, viewer, outsider }, n) => {
      if (n > 0) return [];
      const { workspaceId } = home;
      await removeMember(owner, { workspaceId, userId: viewer.actor.userId });
      await putMember(owner, { workspaceId, userId: outsider.actor.userId }, 'viewer');
      return [viewer.actor.userId, outsider.actor.userId];
    },
  },
  {
    name: 'members and those who are invited',
    page: ({ home }, reader, asked) =>
      listMembers(reader, home.workspaceId, { ...asked, include: 'invitations' }),
    id: 'email',
    change: async ({ owner, home }, n) => {
      if (n > 2) return [];
      const email = `guest${n}@example.com`;
      const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
      await invite(owner, { invitations: [{ email, grants }] });
      return [email];
    },
  },
  { name: 'people', page: (_, reader, asked) => listUsers(reader, asked), id: 'userId' },
  {
    name: 'people who are searched',
    page: (_, reader, asked) => listUsers(reader, { ...asked, search: 'example' }),
    id: 'userId',
  },
  {
    name: 'invitations',
    page: (_, reader, asked) => listInvitations(reader, asked),
    id: 'invitationId',
  },
  {
    name: 'events of everything',
    page: ({ owner }, _, asked) => listEvents(owner, asked),
    id: 'eventId',
    change: async ({ owner }) => {
      await aWorkspace(owner);
      return ['any event'];
    },
  },
  {
    name: 'events of a workspace',
    page: ({ home }, reader, asked) => listEvents(reader, { ...asked, workspaceId: home.workspaceId }),
    id: 'eventId',
  },
  {
    name: 'the history of a connection',
    page: ({ connections: [first] }, reader, asked) =>
      listConnectionEvents(reader, at(first as TestConnection), asked),
    id: 'eventId',
    change: async ({ owner, connections: [first] }) => {
      await reconnect(owner, at(first as TestConnection), { credentials: { token: 'new' } });
      return ['any event'];
    },
  },
  {
    name: 'a lineage',
    page: ({ connections: [first] }, reader, asked) =>
      listLineage(reader, at(first as TestConnection), asked),
    id: 'connectionId',
    change: async ({ owner, copies, connections: [first] }, n) => {
      const gone = copies[6 - n];
      if (!gone) return [];
      await deleteConnection(owner, at(gone));
      const { workspaceId } = await aWorkspace(owner);
      return [gone.connectionId, (await aCopy(owner, first as TestConnection, workspaceId)).connectionId];
    },
  },
  {
    name: 'accounts of a connection',
    page: ({ connections: [first] }, reader, asked) =>
      listAccounts(reader, at(first as TestConnection), asked),
    id: 'accountId',
  },
  {
    name: 'accounts that can be copied',
    page: (_, reader, asked) => searchAccounts(reader, asked),
    id: 'accountId',
    change: async ({ owner, home, connections }, n) => {
      const gone = connections[6 - n];
      if (!gone || n > 5) return [];
      await deleteConnection(owner, at(gone));
      const accounts = someAccounts(`c${n}`);
      await aConnection(owner, home.workspaceId, { accounts });
      return [`a${6 - n}`, `b${6 - n}`, `c${n}`];
    },
  },
];

function idOf(item: object, id: string): string {
  return String((item as Record<string, unknown>)[id]);
}

/** Everything that a walk in pages gives; something happens between the pages. */
async function walked(
  { page, id }: List,
  scene: Scene,
  limit: number,
  between: (n: number) => Promise<unknown>,
) {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < 200; n++) {
    const { items, nextCursor } = await page(scene, scene.reader, { limit, cursor });
    expect(items.length).toBeLessThanOrEqual(limit);
    ids.push(...items.map((item) => idOf(item, id)));
    if (nextCursor === null) return ids;
    cursor = nextCursor;
    await between(n);
  }
  throw new Error('The walk has no end.');
}

const nothing = async () => undefined;

describe('a walk over', () => {
  test.each(lists)('$name in small pages gives what one large page gives', async (list) => {
    const scene = await manyThings();
    const { items } = await list.page(scene, scene.reader, { limit: 100 });
    const all = items.map((item) => idOf(item, list.id));

    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all).size).toBe(all.length);
    expect(await walked(list, scene, 1, nothing)).toEqual(all);
    expect(await walked(list, scene, 3, nothing)).toEqual(all);
  });

  test.each(lists.filter(({ change }) => change))(
    '$name gives everything that stands throughout once, while some come and some go',
    async (list) => {
      const scene = await manyThings();
      const { items } = await list.page(scene, scene.reader, { limit: 100 });
      const changed = new Set<string | undefined>();

      const ids = await walked(list, scene, 1, async (n) => {
        for (const id of (await list.change?.(scene, n)) ?? []) changed.add(id);
      });

      const standing = items.map((item) => idOf(item, list.id)).filter((id) => !changed.has(id));
      expect(changed.size).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids).toEqual(expect.arrayContaining(standing));
    },
  );
});

test('a walk over accounts misses none of the next connection when the one it stands in is deleted', async () => {
  const { owner, home } = await anAgency(engine);
  const first = await aConnection(owner, home.workspaceId, { accounts: someAccounts('m1', 'm2', 'm3') });
  await aConnection(owner, home.workspaceId, { accounts: someAccounts('a1', 'a2', 'z1') });
  const { nextCursor } = await searchAccounts(owner, { limit: 2 });

  await deleteConnection(owner, at(first));

  const { items } = await searchAccounts(owner, { limit: 100, cursor: nextCursor ?? undefined });
  expect(items.map(({ accountId }) => accountId)).toEqual(['a1', 'a2', 'z1']);
});

describe('a cursor', () => {
  const cursorOf = async (list: List, scene: Scene) =>
    (await list.page(scene, scene.reader, { limit: 1 })).nextCursor ?? '';

  test.each(lists)('of $name is good for that list alone', async (list) => {
    const scene = await manyThings();
    const cursor = await cursorOf(list, scene);
    const others = lists.filter(({ name }) => name !== list.name);

    for (const other of others) {
      const error = await failure(() => other.page(scene, scene.reader, { limit: 1, cursor }));
      expect([other.name, error.code]).toEqual([other.name, 'invalid_cursor']);
    }
  });

  test.each(lists.filter(({ name }) => !name.includes('owner') && !name.includes('everything')))(
    'of $name is good for its caller alone',
    async (list) => {
      const scene = await manyThings();
      const cursor = await cursorOf(list, scene);

      const error = await failure(() => list.page(scene, scene.owner, { limit: 1, cursor }));

      expect(error.code).toBe('invalid_cursor');
    },
  );

  test('of one workspace is not good for another, nor with another filter', async () => {
    const { admin, home, owner } = await anAgency(engine);
    const { workspaceId } = await aWorkspace(admin, { fromWorkspaceId: home.workspaceId });
    const { nextCursor } = await listMembers(admin, home.workspaceId, { limit: 1 });
    const cursor = nextCursor ?? '';
    const users = (await listUsers(owner, { limit: 1 })).nextCursor ?? '';

    const elsewhere = await failure(() => listMembers(admin, workspaceId, { limit: 1, cursor }));
    const filtered = await failure(() => listUsers(owner, { limit: 1, cursor: users, search: 'a' }));

    expect([elsewhere.code, filtered.code]).toEqual(['invalid_cursor', 'invalid_cursor']);
  });
});

test('support walks over the organizations of every shard', async () => {
  const support = aSupporter(aWorld(engine));
  const made: string[] = [];
  for (let n = 0; n < 9; n++) {
    const { orgId } = await anOrganization(aWorld(engine), { name: `Walked ${n}` });
    made.push(orgId);
  }
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listOrganizations(support, { limit: 2, cursor, search: 'walked' });
    found.push(...page.items.map(({ organizationId }) => organizationId));
    cursor = page.nextCursor ?? undefined;
  } while (cursor);

  expect(found.sort()).toEqual(made.sort());
});
