import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { identityKey } from '../../../domain/identity/identity.item.ts';
import { organizationOf, userActorOf } from '../../../domain/identity/identity.ts';
import type { UserId, WorkspaceId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { listMembers } from '../../../domain/members/listMembers.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { getOrganizationView } from '../../../domain/organizations/organization.ts';
import { grantOwner, revokeOwner } from '../../../domain/organizations/owners.ts';
import { getUser, listUsers } from '../../../domain/users/listUsers.ts';
import { getMe } from '../../../domain/users/me.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { userKey } from '../../../domain/users/user.item.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { draftWorkspace } from '../../../domain/workspaces/draftWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, aPerson, aWorkspace, type TestUser, tokenOf } from '../../support/builders.ts';
import { aContext, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { accepted, aHeldMember, concluded, type HeldMember } from '../../support/heldMember.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { perform } from '../../support/perform.ts';
import { aScene, routeNamed, samples } from '../../support/samples.ts';
import { everything, failure, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

async function mark(orgId: HeldMember['orgId'], { actor: { userId } }: HeldMember['leaver']) {
  await engine.table.documents.send(
    new UpdateCommand({
      TableName: engine.table.name,
      Key: userKey(orgId, userId),
      UpdateExpression: 'SET leaving = :operationId',
      ExpressionAttributeValues: { ':operationId': 'opr_removal' },
    }),
  );
}

type Gift = {
  title: string;
  code: string;
  give: (scene: HeldMember, userId: UserId, by: TestUser) => Promise<unknown>;
};

function invitation(by: TestUser, email: string, workspaceId: WorkspaceId) {
  return invite(by, { invitations: [{ email, grants: [{ workspaceId, role: 'viewer' }] }] });
}

/** A copy of everything at Home, with more than one transaction holds, into a workspace that the leaver made. */
async function copying(scene: HeldMember) {
  const { owner, leaver, home } = scene;
  const members = [{ userId: owner.actor.userId, role: 'admin' as const }];
  const { workspaceId } = await aWorkspace(leaver, { name: 'Theirs', members });
  for (let n = 0; n < 50; n++) await aConnection(owner, home.workspaceId);
  const copied = await copyConnections(leaver, workspaceId, { allFrom: [home.workspaceId] });
  return { workspaceId, operationId: operationOf('operation' in copied ? copied : null) };
}

const ofMembers = samples.filter(({ outcome }) => outcome[1] === 'y');

describe('whoever is being removed by an operation', () => {
  test.each(ofMembers)('gets no answer to $operationId $what', async ({ operationId, ask }) => {
    const scene = await aScene(engine);
    const asked = await ask(scene, scene.admin);
    await mark(scene.orgId, scene.admin);

    const error = await refused(scene.admin, () => perform(scene.admin, routeNamed(operationId), asked));

    expect(error.code).toBe('no_organization');
  });

  const writes = ofMembers.filter(({ operationId }) => routeNamed(operationId).method !== 'GET');
  test.each(writes)('does not $operationId $what that was under way', async ({ operationId, ask }) => {
    const scene = await aScene(engine);
    const asked = await ask(scene, scene.admin);
    let marked: unknown;
    const meanwhile = async () => {
      await mark(scene.orgId, scene.admin);
      marked = await everything(engine.table, `ORG#${scene.orgId}`);
    };
    const table = tableThrough(engine.anotherTable(), beforeFirstWrite(meanwhile));

    const error = await failure(() =>
      perform(changed(scene.admin, { table }), routeNamed(operationId), asked),
    );

    expect(error.code).toBe('no_organization');
    expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(marked);
  });

  test('acts in no organization from the acceptance on: neither by the token they have nor by a new one', async () => {
    const scene = await aHeldMember(engine);
    const { login, email } = scene.leaver.actor;
    const reader = aContext(scene.world, { kind: 'anyone' });
    expect(await userActorOf(reader, login, scene.orgId, email)).toBeDefined();

    await accepted(scene);

    expect(await userActorOf(reader, login, scene.orgId, email)).toBeUndefined();
    expect(await organizationOf(reader, login, scene.orgId)).toBeUndefined();
    expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
  });

  test('is at once in no list of people, and found by nobody', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver, home } = scene;
    const { userId } = leaver.actor;

    await accepted(scene);

    const lists = [
      (await listUsers(owner, page)).items,
      (await listMembers(owner, home.workspaceId, page)).items,
      (await draftWorkspace(owner, home.workspaceId)).members,
    ];
    expect(lists.map((items) => items.length)).toEqual([5, 4, 4]);
    expect(JSON.stringify(lists)).not.toContain(userId);
    expect((await failure(() => getUser(owner, userId))).code).toBe('not_found');
    expect((await refused(owner, () => removeUser(owner, userId))).code).toBe('not_found');
  });

  test('is out of everything in the end, and each workspace tells of it', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver, orgId, held } = scene;
    const removal = await accepted(scene);

    const operation = await concluded(scene, removal);

    expect(operation).toMatchObject({ done: 3, total: 3, skippedCount: 0 });
    expect((await getOperation(owner, removal)).skipped).toEqual([]);
    expect(await getWorkspace(owner, held.workspaceId)).toMatchObject({ memberCount: 1, status: 'active' });
    const left = await everything(engine.table, `ORG#${orgId}`);
    expect(left.filter(({ sk }) => sk.includes(leaver.actor.userId))).toEqual([]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('somebody who is being removed', () => {
  const gifts: Gift[] = [
    {
      title: 'is not added to a workspace',
      code: 'not_found',
      give: ({ foreign }, userId, by) =>
        putMember(by, { workspaceId: foreign.workspaceId, userId }, 'viewer'),
    },
    {
      title: 'gets no other role',
      code: 'not_found',
      give: ({ home }, userId, by) => putMember(by, { workspaceId: home.workspaceId, userId }, 'editor'),
    },
    {
      title: 'gets no other role by an update',
      code: 'unknown_user',
      give: ({ elsewhere }, userId, by) =>
        updateWorkspace(by, elsewhere.workspaceId, { members: { set: [{ userId, role: 'admin' }] } }),
    },
    {
      title: 'is in no new workspace',
      code: 'unknown_user',
      give: (_, userId, by) => aWorkspace(by, { members: [{ userId, role: 'viewer' }] }),
    },
    {
      title: 'is neither added by an invitation nor invited',
      code: 'unknown_user',
      give: ({ foreign, leaver }, _, by) => invitation(by, leaver.actor.email, foreign.workspaceId),
    },
    {
      title: 'becomes no owner',
      code: 'not_found',
      give: ({ support, orgId }, userId, { table }) =>
        grantOwner(changed(support, { table }), { orgId, userId }),
    },
  ];

  test.each(gifts)('$title: $code', async ({ code, give }) => {
    const scene = await aHeldMember(engine);
    const { userId } = scene.leaver.actor;
    await accepted(scene);

    expect((await refused(scene.owner, () => give(scene, userId, scene.owner))).code).toBe(code);
  });

  test.each(gifts)('$title, also when it was accepted after all was read: $code', async ({ code, give }) => {
    const scene = await aHeldMember(engine);
    const { userId } = scene.leaver.actor;
    const meanwhile = beforeFirstWrite(() => accepted(scene));
    const late = changed(scene.owner, { table: tableThrough(engine.anotherTable(), meanwhile) });

    expect((await failure(() => give(scene, userId, late))).code).toBe(code);

    expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
  });

  test('is not said to be in a workspace already', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver, home } = scene;
    await accepted(scene);

    const error = await refused(owner, () => invitation(owner, leaver.actor.email, home.workspaceId));

    expect(error.code).toBe('unknown_user');
  });

  test('is not taken over from the workspace that another one is made like', async () => {
    const scene = await aHeldMember(engine);
    const { owner, home, orgId } = scene;
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => accepted(scene)),
    );

    const created = await aWorkspace(changed(owner, { table }), { fromWorkspaceId: home.workspaceId });

    expect(created.memberCount).toBe(4);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('comes in again by no invitation that they hold, neither as who they were nor as somebody new', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver, home, orgId, world } = scene;
    const email = 'other.address@example.com';
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const { items } = await invite(owner, { invitations: [{ email, grants }] });
    const token = await tokenOf(world, orgId, items[0]?.invitationId);
    const again = aPerson(world, email);
    Object.assign(again.actor, { login: leaver.actor.login });
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => accepted(scene)),
    );

    const late = await failure(() => acceptInvitation(aContext({ ...world, table }, again.actor), token));
    const later = await failure(() => acceptInvitation(again, token));

    expect([late.code, later.code]).toEqual(['no_organization', 'no_organization']);
    expect((await listUsers(owner, page)).items).toHaveLength(5);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('gives nobody anything by the invitations they have sent', async () => {
    const scene = await aHeldMember(engine);
    const { leaver, home, orgId, world } = scene;
    const grants = [{ workspaceId: home.workspaceId, role: 'admin' as const }];
    const { items } = await invite(leaver, { invitations: [{ email: 'friend@example.com', grants }] });
    const token = await tokenOf(world, orgId, items[0]?.invitationId);
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => accepted(scene)),
    );
    const friend = aPerson(world, 'friend@example.com');

    const came = await acceptInvitation(aContext({ ...world, table }, friend.actor), token);

    expect(came).toMatchObject({ workspaces: [], dropped: [{ code: 'forbidden' }] });
  });
});

describe('an operation of somebody who is removed meanwhile', () => {
  test('does no more, frees its workspace, and is waited for', async () => {
    const scene = await aHeldMember(engine);
    const { owner, world, orgId } = scene;
    const mine = await copying(scene);
    const removal = await accepted(scene);

    const copied = await untilDone(world, orgId, mine.operationId);
    const removed = await concluded(scene, removal);

    expect(copied).toMatchObject({ done: copied.total, skippedCount: copied.total });
    expect((await getOperation(owner, copied.operationId)).skipped[0]?.code).toBe('no_organization');
    expect(await getWorkspace(owner, mine.workspaceId)).toMatchObject({
      status: 'active',
      connectionCount: 0,
      memberCount: 1,
    });
    expect(removed.skippedCount).toBe(0);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('writes nothing in a step that was under way', async () => {
    const scene = await aHeldMember(engine);
    const { owner, world, orgId } = scene;
    const mine = await copying(scene);
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => accepted(scene)),
    );

    await deliver(world, await readOperation(world, orgId, mine.operationId), table);

    expect(await getWorkspace(owner, mine.workspaceId)).toMatchObject({ connectionCount: 0 });
  });
});

describe('a removal that was accepted', () => {
  test('makes an owner admin where the person has become the last one meanwhile', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver, admin, home, orgId } = scene;
    const removal = await accepted(scene);
    for (const { actor } of [owner, admin])
      await removeMember(owner, { workspaceId: home.workspaceId, userId: actor.userId });

    const operation = await concluded(scene, removal);

    expect(operation.skippedCount).toBe(0);
    const { items } = await listMembers(owner, home.workspaceId, page);
    const admins = items.filter(({ role }) => role === 'admin');
    expect(admins.map(({ userId }) => userId)).toEqual([owner.actor.userId]);
    expect(JSON.stringify(items)).not.toContain(leaver.actor.userId);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('goes on when whoever wanted it owns nothing any more', async () => {
    const scene = await aHeldMember(engine);
    const { owner, admin, support, orgId, leaver } = scene;
    await grantOwner(support, { orgId, userId: admin.actor.userId });
    const removal = await accepted(scene, admin);
    await revokeOwner(support, { orgId, userId: admin.actor.userId });

    const operation = await concluded(scene, removal);

    expect(operation.skippedCount).toBe(0);
    expect((await failure(() => getUser(owner, leaver.actor.userId))).code).toBe('not_found');
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('of an owner takes the ownership at once, also of one who removes themselves', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver, support, orgId } = scene;
    await grantOwner(support, { orgId, userId: leaver.actor.userId });

    const removal = await accepted(scene, leaver);

    expect((await getOrganizationView(support, orgId)).owners.map(({ userId }) => userId)).toEqual([
      owner.actor.userId,
    ]);
    expect((await failure(() => removeUser(owner, owner.actor.userId))).code).toBe('last_owner');
    expect((await concluded(scene, removal)).skippedCount).toBe(0);
    expect((await failure(() => getMe(leaver))).code).toBe('no_organization');
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test.each([
    ['and the audit tells of it', false],
    ['also where their identity has lost its mark', true],
  ])('that can not be done lets the person in again, %s', async (_, isUnmarked) => {
    const scene = await aHeldMember(engine);
    const { leaver, orgId, world, owner } = scene;
    const removal = await accepted(scene);
    const miscount = (by: number) =>
      engine.table.documents.send(
        new UpdateCommand({
          TableName: engine.table.name,
          Key: userKey(orgId, leaver.actor.userId),
          UpdateExpression: 'ADD workspaceCount :by',
          ExpressionAttributeValues: { ':by': by },
        }),
      );
    await miscount(1);
    if (isUnmarked)
      await engine.table.documents.send(
        new UpdateCommand({
          TableName: engine.table.name,
          Key: identityKey(leaver.actor.login, orgId),
          UpdateExpression: 'REMOVE leaving',
        }),
      );

    await concluded(scene, removal);
    await miscount(-1);

    expect((await getOperation(owner, removal)).skipped).toEqual([
      { userId: leaver.actor.userId, code: 'internal_error' },
    ]);
    expect(await getMe(leaver)).toMatchObject({ workspaceCount: 0, organizationRole: 'member' });
    const reader = aContext(world, { kind: 'anyone' });
    expect(await userActorOf(reader, leaver.actor.login, orgId, '')).toBeDefined();
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
    expect(await removeUser(owner, leaver.actor.userId)).toBeNull();
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('takes 25 workspaces in a turn, each in a step of its own', async () => {
    const { owner, viewer, world, orgId } = await anAgency(engine, { limits: { workspaces: 100 } });
    const { userId } = viewer.actor;
    for (let n = 0; n < 36; n++) await aWorkspace(owner, { members: [{ userId, role: 'viewer' }] });
    const removal = operationOf(await removeUser(owner, userId));
    const before = await readOperation(world, orgId, removal);

    await deliver(world, before);

    const after = { done: 25, version: before.version + 25 };
    expect(await readOperation(world, orgId, removal)).toMatchObject(after);
  });

  test('is refused where they are the last admin, named in full, but for a workspace that is being deleted', async () => {
    const scene = await aHeldMember(engine);
    const { owner, leaver } = scene;
    const theirs = await aWorkspace(leaver, { name: 'Theirs' });

    const error = await refused(owner, () => removeUser(owner, leaver.actor.userId));

    expect(error).toMatchObject({
      code: 'last_admin',
      extra: { workspaces: [{ workspaceId: theirs.workspaceId, name: 'Theirs' }] },
    });
    for (let n = 0; n < 50; n++) await aConnection(owner, theirs.workspaceId);
    const deletion = operationOf(await deleteWorkspace(owner, theirs.workspaceId));
    const removal = await accepted(scene);
    await untilDone(scene.world, scene.orgId, deletion);
    expect((await concluded(scene, removal)).skippedCount).toBe(0);
    expect(await brokenInvariants(engine.table, scene.orgId)).toEqual([]);
  });
});
