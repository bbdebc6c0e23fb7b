import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import type { UserContext } from '../../../domain/context.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { UserId, WorkspaceId } from '../../../domain/ids.ts';
import { listInvitations } from '../../../domain/invitations/manage.ts';
import { type Membership, membershipItem } from '../../../domain/members/member.item.ts';
import { organizationItem } from '../../../domain/organizations/organization.item.ts';
import { getOrganization } from '../../../domain/organizations/organization.ts';
import type { Item } from '../../../domain/table/client.ts';
import { newMeter } from '../../../domain/table/meter.ts';
import { getUser, listUsers } from '../../../domain/users/listUsers.ts';
import { listUserWorkspaces } from '../../../domain/users/listUserWorkspaces.ts';
import { getMe } from '../../../domain/users/me.ts';
import { type User, userItem } from '../../../domain/users/user.item.ts';
import { createWorkspace } from '../../../domain/workspaces/createWorkspace.ts';
import { draftWorkspace } from '../../../domain/workspaces/draftWorkspace.ts';
import { type Workspace, workspaceItem } from '../../../domain/workspaces/workspace.item.ts';
import { anOrganization, type TestUser } from '../../support/builders.ts';
import { aContext, aWorld, type World } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { measured } from '../../support/measure.ts';
import { failure } from '../../support/state.ts';

const engine = await anEngine();
/** 300 bytes, three a character. */
const longName = '漢'.repeat(100);
const workspaceCount = 300;
const peopleCount = 240;
const at = '2026-03-02T09:00:00.000Z';

let world: World;
let owner: TestUser;
let admin: TestUser;
/** Admin of the last workspace alone. */
let newcomer: TestUser;
let workspaceIds: WorkspaceId[];

/** 240 people, each in all of 300 workspaces, everything named as long as it may be. */
beforeAll(async () => {
  world = aWorld(engine);
  const organization = await anOrganization(world, { limits: { workspaces: 1_000 } });
  owner = organization.owner;
  const { orgId } = organization;
  workspaceIds = Array.from({ length: workspaceCount }, () => WorkspaceId.parse(world.newId('wsp')));
  const userIds = Array.from({ length: peopleCount }, () => UserId.parse(world.newId('usr')));
  const [adminId, newcomerId] = [UserId.parse(world.newId('usr')), UserId.parse(world.newId('usr'))];
  const member = (workspaceId: WorkspaceId, userId: UserId, role: Membership['role']) =>
    membershipItem({
      orgId,
      workspaceId,
      userId,
      role,
      addedAt: at,
      addedBy: owner.actor.userId,
      version: 1,
    });
  const person = (userId: UserId, counts: Pick<User, 'workspaceCount' | 'adminCount'>) =>
    userItem({
      ...{ orgId, userId, login: `login-${userId}`, email: `${'e'.repeat(240)}@example.com`, name: longName },
      ...{ otherEmails: new Set<string>(), organizationRole: 'member', joinedAt: at, version: 1, ...counts },
    });
  const last = workspaceIds.at(-1);
  await writeAll([
    await withCount(owner, workspaceCount),
    ...workspaceIds.map((workspaceId) => workspaceItem(aLongWorkspace(orgId, workspaceId, adminId))),
    ...userIds.map((userId) => person(userId, { workspaceCount, adminCount: 0 })),
    person(adminId, { workspaceCount, adminCount: workspaceCount }),
    person(newcomerId, { workspaceCount: 1, adminCount: 1 }),
    ...workspaceIds.flatMap((workspaceId) => [
      ...userIds.map((userId) => member(workspaceId, userId, 'viewer')),
      member(workspaceId, adminId, 'admin'),
    ]),
    ...(last ? [member(last, newcomerId, 'admin')] : []),
  ]);
  const as = (userId: UserId): TestUser =>
    aContext(world, { kind: 'user', orgId, userId, login: `login-${userId}`, email: 'e@example.com' });
  [admin, newcomer] = [as(adminId), as(newcomerId)];
}, 240_000);

function aLongWorkspace(orgId: Workspace['orgId'], workspaceId: WorkspaceId, createdBy: UserId): Workspace {
  const counts = { memberCount: peopleCount + 1, adminCount: 1, connectionCount: 0, copiesElsewhere: 0 };
  const times = { createdAt: at, updatedAt: at, createdBy, version: 1 };
  return { orgId, workspaceId, name: longName, description: '', status: 'active', ...counts, ...times };
}

/** The owner's organization, counting so many workspaces. */
async function withCount(reader: TestUser, workspaceCount: number): Promise<Item> {
  return organizationItem({ ...(await getOrganization(reader, reader.actor.orgId)), workspaceCount });
}

async function writeAll(items: Item[]): Promise<void> {
  const { name, documents } = engine.table;
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [name]: requests } }));
  }
}

/** What a read costs, in calls and units, and the bytes of its answer. */
async function cost(caller: TestUser, read: (ctx: UserContext) => Promise<unknown>) {
  const { table, seen } = measured(engine.anotherTable());
  const meter = newMeter();
  const answer = await read({ ...caller, table, meter });
  const calls = Object.values(seen.calls).reduce((sum, times) => sum + times, 0);
  return { calls, units: meter.readUnits, bytes: Buffer.byteLength(JSON.stringify(answer)) };
}

const megabyte = 1_000_000;
const page = { limit: 100 };
const first = () => workspaceIds[0] as WorkspaceId;

describe('somebody who is in 300 workspaces, as all of 240 people are,', () => {
  type Counts = { calls: number; units: number };
  /** What it costs a member, and an owner, who sees everything without being asked where. */
  const reads: [string, (ctx: UserContext) => Promise<unknown>, Counts, Counts][] = [
    ['who they are', (ctx) => getMe(ctx), { calls: 4, units: 43.5 }, { calls: 3, units: 6 }],
    ['100 people', (ctx) => listUsers(ctx, page), { calls: 104, units: 1_712 }, { calls: 103, units: 191 }],
    [
      'one person',
      (ctx) => getUser(ctx, admin.actor.userId),
      { calls: 5, units: 74 },
      { calls: 4, units: 23.5 },
    ],
    [
      'a draft',
      (ctx) => draftWorkspace(ctx, first()),
      { calls: 107, units: 1_822 },
      { calls: 106, units: 286 },
    ],
    [
      '100 workspaces of a person',
      (ctx) => listUserWorkspaces(ctx, admin.actor.userId, page),
      { calls: 5, units: 222.5 },
      { calls: 5, units: 108.5 },
    ],
    ['events', (ctx) => listEvents(ctx, page), { calls: 3, units: 18 }, { calls: 3, units: 3 }],
    ['invitations', (ctx) => listInvitations(ctx, page), { calls: 3, units: 18 }, { calls: 2, units: 2 }],
  ];
  test.each(reads)(
    'reads %s with so many calls and units, in less than 1 MB',
    async (_, read, ...expected) => {
      const [byMember, byOwner] = [await cost(admin, read), await cost(owner, read)];

      expect([byMember, byOwner]).toMatchObject(expected);
      expect(Math.max(byMember.bytes, byOwner.bytes)).toBeLessThan(megabyte);
    },
  );

  test('is shown with the first 20 and how many there are', async () => {
    const me = await getMe(admin);
    const person = await getUser(owner, admin.actor.userId);

    expect(me.workspaces.map(({ workspaceId }) => workspaceId)).toEqual(workspaceIds.slice(0, 20));
    expect(me.workspaceCount).toBe(workspaceCount);
    expect(person.workspaces.map(({ workspaceId }) => workspaceId)).toEqual(workspaceIds.slice(0, 20));
    expect(person).toMatchObject({ workspaceCount, otherWorkspaceCount: 0 });
  });

  test('is shown all of them page by page', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await listUserWorkspaces(owner, admin.actor.userId, {
        limit: 70,
        ...(cursor && { cursor }),
      });
      seen.push(...items.map(({ workspaceId }) => workspaceId));
      cursor = nextCursor ?? undefined;
    } while (cursor);

    expect(seen).toEqual(workspaceIds);
  });

  test('is shown to an admin of one of them, also the last, with that and how many others there are', async () => {
    const person = await getUser(newcomer, admin.actor.userId);
    const { items } = await listUserWorkspaces(newcomer, admin.actor.userId, page);

    const last = { workspaceId: workspaceIds.at(-1), name: longName, role: 'admin' };
    expect(person).toMatchObject({ workspaces: [last], workspaceCount, otherWorkspaceCount: 299 });
    expect(items).toEqual([last]);
  });

  test('has, as an owner, all workspaces of the organization counted', async () => {
    expect(await getMe(owner)).toMatchObject({ workspaces: { length: 20 }, workspaceCount });
  });
});

test('a draft shows the first 100 of 241 members and how many there are; a creation takes all of them', async () => {
  const draft = await draftWorkspace(admin, first());
  const created = await createWorkspace(admin, { name: 'Like it', fromWorkspaceId: first() });

  expect(draft.members).toHaveLength(100);
  expect(draft.memberCount).toBe(peopleCount + 1);
  expect(created.operation?.total).toBe(peopleCount);
});

test('nobody but owners and admins sees the workspaces of others', async () => {
  const { items } = await listUsers(owner, page);
  const viewer = UserId.parse(items.at(-1)?.userId);
  const asViewer = aContext(world, { ...admin.actor, userId: viewer });

  expect((await failure(() => listUserWorkspaces(asViewer, admin.actor.userId, page))).code).toBe(
    'forbidden',
  );
  expect((await listUserWorkspaces(asViewer, viewer, page)).items.length).toBeGreaterThan(0);
  const unknown = UserId.parse('usr_never0issued0never0issued');
  expect((await failure(() => listUserWorkspaces(owner, unknown, page))).code).toBe('not_found');
});
