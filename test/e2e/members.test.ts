import { beforeAll, describe, expect, test } from 'vitest';
import type {
  AuditEvent,
  Invited,
  Me,
  Member,
  OperationSummary,
  Organization,
  Page,
  Role,
  User,
  Workspace,
} from './shapes.ts';
import { onStage, refused } from './stage.ts';
import {
  aConnection,
  accept,
  anOrganization,
  aPerson,
  aWorkspace,
  completed,
  connections,
  mailedToken,
  type Person,
  pathOf,
  type World,
  walk,
} from './world.ts';

onStage('members and people', (stage) => {
  let world: World;
  let owner: Person;
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
    owner = world.owner;
  });

  const place = async (name = 'Workspace') => (await aWorkspace(owner, { name })).workspaceId;
  const members = (workspaceId: string) => walk<Member>(owner, `/v1/workspaces/${workspaceId}/members`);
  const rolesIn = async (workspaceId: string) =>
    Object.fromEntries((await members(workspaceId)).map(({ userId, role }) => [userId, role]));
  const memberPath = (workspaceId: string, { userId }: { userId: string }) =>
    `/v1/workspaces/${workspaceId}/members/${userId}`;

  describe('a member', () => {
    test('is added with 201, changed with 200, removed with 204, and each is told in an event', async () => {
      const [home, here] = [await place(), await place()];
      const person = await aPerson(stage, owner, { [home]: 'viewer' }, 'Pat');

      const added = await owner.put<Member>(memberPath(here, person), { role: 'viewer' });
      const changed = await owner.put<Member>(memberPath(here, person), { role: 'editor' });
      const removed = await owner.delete(memberPath(here, person));

      expect(added).toMatchObject({
        status: 201,
        body: {
          userId: person.userId,
          email: person.email,
          name: 'Pat',
          role: 'viewer',
          status: 'active',
          addedBy: owner.userId,
        },
      });
      expect(changed).toMatchObject({ status: 200, body: { role: 'editor', addedAt: added.body.addedAt } });
      expect(removed.status).toBe(204);
      refused(await person.get(`/v1/workspaces/${here}`), 404, 'not_found');
      const { items } = await owner.read<Page<AuditEvent>>(`/v1/events?workspaceId=${here}`);
      const told = items.filter(({ type }) => type.startsWith('member.'));
      expect(told.map(({ type, details }) => [type, details.userId])).toEqual([
        ['member.removed', person.userId],
        ['member.role_changed', person.userId],
        ['member.added', person.userId],
      ]);
    });

    test('who is none cannot be removed, and who is unknown cannot be added', async () => {
      const [home, here] = [await place(), await place()];
      const person = await aPerson(stage, owner, { [home]: 'viewer' });

      refused(await owner.delete(memberPath(here, person)), 404, 'not_found');
      refused(
        await owner.put(memberPath(here, { userId: 'usr_none' }), { role: 'viewer' }),
        404,
        'not_found',
      );
    });

    test('may leave by themselves, whatever their role', async () => {
      const here = await place();
      for (const role of ['viewer', 'editor', 'admin'] as const) {
        const person = await aPerson(stage, owner, { [here]: role });
        expect((await person.delete(memberPath(here, person))).status).toBe(204);
        refused(await person.get(`/v1/workspaces/${here}`), 404, 'not_found');
      }
    });

    test('loses a right at once: the very next request is refused', async () => {
      const here = await place();
      const person = await aPerson(stage, owner, { [here]: 'admin' });
      expect((await person.patch(`/v1/workspaces/${here}`, { name: 'Mine' })).status).toBe(200);

      await owner.put(memberPath(here, person), { role: 'viewer' });

      refused(await person.patch(`/v1/workspaces/${here}`, { name: 'Mine again' }), 403, 'forbidden');
    });
  });

  test('an owner sees and manages a workspace without being listed as its member', async () => {
    const here = await place();
    const admin = await aPerson(stage, owner, { [here]: 'admin' });
    await owner.delete(memberPath(here, owner));

    const renamed = await owner.patch<Workspace>(`/v1/workspaces/${here}`, { name: 'Managed' });

    expect(renamed).toMatchObject({ status: 200, body: { role: 'owner', memberCount: 1 } });
    expect(await rolesIn(here)).toEqual({ [admin.userId]: 'admin' });
    expect((await aConnection(stage, owner, here)).createdBy).toBe(owner.userId);
  });

  describe('a workspace keeps an admin', () => {
    test('however the last one would go', async () => {
      const here = await place('Kept');
      const editor = await aPerson(stage, owner, { [here]: 'editor' });
      const before = await rolesIn(here);

      for (const role of ['editor', 'viewer'])
        refused(await owner.put(memberPath(here, owner), { role }), 409, 'last_admin');
      refused(await owner.delete(memberPath(here, owner)), 409, 'last_admin');
      refused(
        await owner.patch(`/v1/workspaces/${here}`, { members: { remove: [owner.userId] } }),
        409,
        'last_admin',
      );

      expect(await rolesIn(here)).toEqual(before);
      const handed = await owner.patch(`/v1/workspaces/${here}`, {
        members: { set: [{ userId: editor.userId, role: 'admin' }], remove: [owner.userId] },
      });
      expect(handed.status).toBe(200);
      expect(await rolesIn(here)).toEqual({ [editor.userId]: 'admin' });
    });

    test('15 times two admins leaving at once: always one of them stays', async () => {
      const here = await place();
      const person = await aPerson(stage, owner, { [here]: 'admin' });
      for (let round = 0; round < 15; round++) {
        const answers = await Promise.all([
          owner.delete(memberPath(here, owner)),
          person.delete(memberPath(here, person)),
        ]);

        expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
        for (const left of [owner, person]) await owner.put(memberPath(here, left), { role: 'admin' });
      }
    });
  });

  describe('the people of the organization', () => {
    test('are found by part of name or email, whatever the case and the accents', async () => {
      const here = await place();
      const zoe = await aPerson(stage, owner, { [here]: 'viewer' }, 'Zoë Ångström');
      const found = async (search: string) =>
        (await walk<User>(owner, `/v1/users?search=${encodeURIComponent(search)}`)).map(
          ({ userId }) => userId,
        );

      for (const search of [
        'zoë ång',
        'ZOE ANG',
        'zoe a',
        'ZOË ÅNGSTRÖM',
        zoe.email.toUpperCase(),
        zoe.email.slice(2, 20),
      ])
        expect(await found(search), search).toContain(zoe.userId);
      expect(await found('zoe angstrom x')).toEqual([]);
      expect(await found('%')).toEqual([]);
      expect(await found('.*')).toEqual([]);
    });

    test('are listed with the workspaces that the caller sees, the others only counted', async () => {
      const [seen, hidden] = [await place('Seen'), await place('Hidden')];
      const admin = await aPerson(stage, owner, { [seen]: 'admin' });
      const person = await aPerson(stage, owner, { [seen]: 'editor', [hidden]: 'viewer' });

      const byAdmin = await admin.read<User>(`/v1/users/${person.userId}`);
      const byOwner = await owner.read<User>(`/v1/users/${person.userId}`);

      expect(byAdmin).toMatchObject({
        email: person.email,
        organizationRole: 'member',
        workspaces: [{ workspaceId: seen, name: 'Seen', role: 'editor' }],
        otherWorkspaceCount: 1,
      });
      expect(JSON.stringify(byAdmin)).not.toContain(hidden);
      expect(byOwner.workspaces).toHaveLength(2);
      expect(byOwner.otherWorkspaceCount).toBe(0);
    });

    test('can be listed without those who are in a workspace already', async () => {
      const [here, there] = [await place(), await place()];
      const [member, other] = [
        await aPerson(stage, owner, { [here]: 'viewer' }),
        await aPerson(stage, owner, { [there]: 'viewer' }),
      ];

      const ids = (await walk<User>(owner, `/v1/users?notInWorkspaceId=${here}`)).map(({ userId }) => userId);

      expect(ids).toContain(other.userId);
      expect(ids).not.toContain(member.userId);
      expect(ids).not.toContain(owner.userId);
    });
  });

  describe('removing somebody from the organization', () => {
    test('takes them out of every workspace and ends what their token opens, and what they made stays', async () => {
      const [one, two] = [await place(), await place()];
      const person = await aPerson(stage, owner, { [one]: 'editor', [two]: 'viewer' });
      const connection = await aConnection(stage, person, one);

      expect((await owner.delete(`/v1/users/${person.userId}`)).status).toBe(204);

      for (const path of ['/v1/me', `/v1/workspaces/${one}`, '/v1/workspaces'])
        refused(await person.get(path), 403, 'no_organization');
      refused(await owner.get(`/v1/users/${person.userId}`), 404, 'not_found');
      for (const id of [one, two]) expect(await rolesIn(id)).toEqual({ [owner.userId]: 'admin' });
      expect(await owner.read(`/v1/workspaces/${one}`)).toMatchObject({ memberCount: 1, connectionCount: 1 });
      expect(await owner.read(pathOf(connection))).toMatchObject({ createdBy: person.userId });
      refused(await owner.delete(`/v1/users/${person.userId}`), 404, 'not_found');
    });

    test('lets them be invited anew, as somebody new', async () => {
      const here = await place();
      const person = await aPerson(stage, owner, { [here]: 'viewer' });
      await owner.delete(`/v1/users/${person.userId}`);

      const invitations = [{ email: person.email, grants: [{ workspaceId: here, role: 'editor' }] }];
      const again = await owner.make<Invited>('/v1/invitations', { invitations });
      const accepted = await accept(person, await mailedToken(stage, person.email));

      expect(again.items).toMatchObject([{ status: 'invited' }]);
      expect(await person.read<Me>('/v1/me')).toMatchObject({
        userId: accepted.userId,
        workspaces: [{ role: 'editor' }],
      });
    });

    test('is refused with the workspaces that would lose their last admin', async () => {
      const [kept, shared] = [await place('Kept'), await place('Shared')];
      const person = await aPerson(stage, owner, { [kept]: 'admin', [shared]: 'admin' });
      await owner.delete(memberPath(kept, owner));

      const problem = refused(await owner.delete(`/v1/users/${person.userId}`), 409, 'last_admin');

      expect(problem.workspaces).toEqual([{ workspaceId: kept, name: 'Kept' }]);
      expect((await person.get('/v1/me')).status).toBe(200);
      expect(await rolesIn(shared)).toHaveProperty(person.userId);
    });

    test('is refused for the last owner, and done for one of two', async () => {
      const { owner: first, organizationId } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(first);
      const second = await aPerson(stage, first, { [workspaceId]: 'admin' });
      refused(await first.delete(`/v1/users/${first.userId}`), 409, 'last_owner');
      const owners = `/v1/admin/organizations/${organizationId}/owners`;
      await stage.support().put(`${owners}/${second.userId}`, undefined);

      expect((await second.delete(`/v1/users/${first.userId}`)).status).toBe(204);

      const organization = await stage.support().read<Organization>(owners.replace('/owners', ''));
      expect(organization.owners.map(({ userId }) => userId)).toEqual([second.userId]);
      refused(await first.get('/v1/me'), 403, 'no_organization');
    });

    test('from more workspaces than one transaction holds is an operation, complete to the last one', async () => {
      const { owner: by } = await anOrganization(stage, { limits: { workspaces: 100 } });
      const home = (await aWorkspace(by)).workspaceId;
      const person = await aPerson(stage, by, { [home]: 'viewer' });
      const members = [{ userId: person.userId, role: 'viewer' as Role }];
      const places = await Promise.all(Array.from({ length: 45 }, () => aWorkspace(by, { members })));

      const answer = await by.delete<{ operation: OperationSummary }>(`/v1/users/${person.userId}`);
      expect(answer).toMatchObject({ status: 202, body: { operation: { state: 'running', total: 46 } } });
      const operation = await completed(by, answer.body.operation);

      expect(operation).toMatchObject({ kind: 'user.remove', done: 46, skipped: [], workspaceId: null });
      for (const { workspaceId } of places)
        expect(await by.read(`/v1/workspaces/${workspaceId}`)).toMatchObject({ memberCount: 1 });
      refused(await person.get('/v1/me'), 403, 'no_organization');
      refused(await by.get(`/v1/users/${person.userId}`), 404, 'not_found');
    });

    test('from more workspaces than one transaction holds takes everything from them at once, and waits for what is busy', async () => {
      const { owner: by } = await anOrganization(stage, { limits: { workspaces: 100 } });
      const source = (await aWorkspace(by, { name: 'Source' })).workspaceId;
      await connections(stage, by, source, 60);
      const person = await aPerson(stage, by, { [source]: 'editor' });
      const members = [{ userId: person.userId, role: 'editor' as Role }];
      const places = await Promise.all(Array.from({ length: 40 }, () => aWorkspace(by, { members })));
      const foreign = (await aWorkspace(by)).workspaceId;
      const busy = places.slice(0, 6).map(({ workspaceId }) => `/v1/workspaces/${workspaceId}`);
      for (const path of busy)
        expect((await person.post(`${path}/connections/copy`, { allFrom: [source] })).status).toBe(202);

      const answer = await by.delete<{ operation: OperationSummary }>(`/v1/users/${person.userId}`);

      expect(answer).toMatchObject({ status: 202, body: { operation: { total: 41 } } });
      const grants = [{ workspaceId: source, role: 'viewer' }];
      for (const send of [
        () => person.get('/v1/me'),
        () => person.get(`/v1/workspaces/${source}`),
        () => person.get('/v1/accounts'),
        () => person.post('/v1/workspaces', { name: 'Theirs' }),
        () => person.post('/v1/invitations', { invitations: [{ email: stage.email('friend'), grants }] }),
        () => person.post(`${busy[0]}/connections/copy`, { allFrom: [source] }),
        () => person.delete(memberPath(source, person)),
      ])
        refused(await send(), 403, 'no_organization');
      refused(await by.put(memberPath(foreign, person), { role: 'viewer' }), 404, 'not_found');
      refused(await by.post('/v1/workspaces', { name: 'New', members }), 400, 'unknown_user');
      const invitations = [{ email: person.email, grants }];
      refused(await by.post('/v1/invitations', { invitations }), 400, 'unknown_user');
      refused(await by.get(`/v1/users/${person.userId}`), 404, 'not_found');
      refused(await by.delete(`/v1/users/${person.userId}`), 404, 'not_found');
      expect((await walk<User>(by, '/v1/users')).map(({ userId }) => userId)).toEqual([by.userId]);

      const operation = await completed(by, answer.body.operation);

      expect(operation).toMatchObject({ done: 41, skipped: [] });
      for (const { workspaceId } of places)
        expect(await by.read(`/v1/workspaces/${workspaceId}`)).toMatchObject({
          memberCount: 1,
          status: 'active',
        });
      refused(await by.get(`/v1/users/${person.userId}`), 404, 'not_found');
      expect((await by.post('/v1/invitations', { invitations })).status).toBe(201);
    });
  });
});
