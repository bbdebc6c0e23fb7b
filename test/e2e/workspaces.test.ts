import { beforeAll, describe, expect, test } from 'vitest';
import type {
  AuditEvent,
  Connection,
  Draft,
  Me,
  Member,
  Organization,
  Page,
  RoleDescription,
  Workspace,
} from './shapes.ts';
import { onStage, refused } from './stage.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  aPerson,
  aWorkspace,
  type Person,
  pathOf,
  type World,
  walk,
} from './world.ts';

onStage('workspaces', (stage) => {
  let world: World;
  let owner: Person;
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
    owner = world.owner;
  });

  const usage = async (organizationId = world.organizationId) =>
    (await stage.support().read<Organization>(`/v1/admin/organizations/${organizationId}`)).usage.workspaces;
  const members = (workspaceId: string) => walk<Member>(owner, `/v1/workspaces/${workspaceId}/members`);
  const connectionsOf = (workspaceId: string) =>
    walk<Connection>(owner, `/v1/workspaces/${workspaceId}/connections`);

  describe('creating', () => {
    test('gives 201 with Location, ETag and the workspace as it is then read', async () => {
      const answer = await owner.post<Workspace>('/v1/workspaces', { name: 'New', description: 'A place' });

      expect(answer).toMatchObject({
        status: 201,
        body: {
          name: 'New',
          description: 'A place',
          role: 'owner',
          status: 'active',
          memberCount: 1,
          connectionCount: 0,
          createdBy: owner.userId,
          version: 1,
        },
      });
      const location = answer.headers.get('location') ?? '';
      expect(location).toBe(`/v1/workspaces/${answer.body.workspaceId}`);
      expect(await owner.read(location)).toEqual(answer.body);
    });

    test('makes its creator an admin member, also an owner, and takes no other role for them', async () => {
      const made = await aWorkspace(owner, { members: [{ userId: owner.userId, role: 'admin' }] });
      const refusal = await owner.post('/v1/workspaces', {
        name: 'New',
        members: [{ userId: owner.userId, role: 'viewer' }],
      });

      expect(await members(made.workspaceId)).toMatchObject([{ userId: owner.userId, role: 'admin' }]);
      expect(refused(refusal, 400, 'validation_failed').errors).toMatchObject([
        { pointer: '#/members/0/role' },
      ]);
    });

    test('without members takes those of the current workspace with their roles, with [] nobody else', async () => {
      const from = await aWorkspace(owner);
      const editor = await aPerson(stage, owner, { [from.workspaceId]: 'editor' });
      const admin = await aPerson(stage, owner, { [from.workspaceId]: 'admin' });

      const [all, alone, elsewhere] = [
        await aWorkspace(admin, { fromWorkspaceId: from.workspaceId }),
        await aWorkspace(admin, { fromWorkspaceId: from.workspaceId, members: [] }),
        await aWorkspace(admin),
      ];

      const roles = Object.fromEntries(
        (await members(all.workspaceId)).map(({ userId, role }) => [userId, role]),
      );
      expect(roles).toEqual({ [owner.userId]: 'admin', [editor.userId]: 'editor', [admin.userId]: 'admin' });
      for (const { workspaceId } of [alone, elsewhere])
        expect(await members(workspaceId)).toMatchObject([{ userId: admin.userId, role: 'admin' }]);
    });

    test('names every member who is not in the organization', async () => {
      const problem = refused(
        await owner.post('/v1/workspaces', {
          name: 'New',
          members: ['usr_a', owner.userId, 'usr_b'].map((userId) => ({ userId, role: 'admin' })),
        }),
        400,
        'unknown_user',
      );

      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([
        '#/members/0/userId',
        '#/members/2/userId',
      ]);
    });

    test('copies all connections of a workspace, and a named one only with the accounts that are selected', async () => {
      const from = await aWorkspace(owner);
      const [named, other] = [
        await aConnection(stage, owner, from.workspaceId, { name: 'Named' }),
        await aConnection(stage, owner, from.workspaceId, { name: 'Other' }),
      ];

      const made = await aWorkspace(owner, {
        connections: [
          { workspaceId: from.workspaceId, connectionId: named.connectionId, accountIds: ['a2'] },
        ],
        copyAllConnectionsFrom: [from.workspaceId],
      });

      const copies = await connectionsOf(made.workspaceId);
      expect(made.connectionCount).toBe(2);
      expect(
        Object.fromEntries(
          copies.map(({ name, accounts, lineage }) => [name, [accounts.selected, lineage.parentId]]),
        ),
      ).toEqual({
        Named: [1, named.connectionId],
        Other: [3, other.connectionId],
      });
    });

    test('copies what several workspaces share once', async () => {
      const [first, second] = [await aWorkspace(owner), await aWorkspace(owner)];
      const origin = await aConnection(stage, owner, first.workspaceId);
      await aCopy(owner, origin, second.workspaceId);
      await aConnection(stage, owner, second.workspaceId, { name: 'Only here' });

      const made = await aWorkspace(owner, {
        copyAllConnectionsFrom: [first.workspaceId, second.workspaceId, first.workspaceId],
      });

      expect((await connectionsOf(made.workspaceId)).map(({ name }) => name).sort()).toEqual([
        'Google Ads',
        'Only here',
      ]);
    });

    test('refused for any one of its parts changes nothing at all', async () => {
      const from = await aWorkspace(owner);
      const source = await aConnection(stage, owner, from.workspaceId);
      const at = { workspaceId: from.workspaceId, connectionId: source.connectionId };
      const before = { usage: await usage(), source: await owner.read(pathOf(source)) };

      const refusals = [
        [400, 'account_not_available', { connections: [{ ...at, accountIds: ['a1', 'nowhere'] }] }],
        [400, 'validation_failed', { connections: [at, at] }],
        [404, 'not_found', { connections: [at, { ...at, connectionId: 'con_none' }] }],
        [404, 'not_found', { connections: [at], copyAllConnectionsFrom: ['wsp_none'] }],
        [400, 'unknown_user', { connections: [at], members: [{ userId: 'usr_none', role: 'viewer' }] }],
      ] as const;

      for (const [status, code, input] of refusals)
        refused(await owner.post('/v1/workspaces', { name: 'New', ...input }), status, code);
      expect({ usage: await usage(), source: await owner.read(pathOf(source)) }).toEqual(before);
    });

    test('copying needs the right in the source too: a viewer there may not', async () => {
      const [from, own] = [await aWorkspace(owner), await aWorkspace(owner)];
      const source = await aConnection(stage, owner, from.workspaceId);
      const person = await aPerson(stage, owner, {
        [from.workspaceId]: 'viewer',
        [own.workspaceId]: 'admin',
      });
      const at = { workspaceId: from.workspaceId, connectionId: source.connectionId };

      refused(await person.post('/v1/workspaces', { name: 'New', connections: [at] }), 403, 'forbidden');
      refused(
        await person.post('/v1/workspaces', { name: 'New', copyAllConnectionsFrom: [from.workspaceId] }),
        403,
        'forbidden',
      );
    });

    test('is over as soon as the last admin role is taken away', async () => {
      const { workspaceId } = await aWorkspace(owner);
      const person = await aPerson(stage, owner, { [workspaceId]: 'admin' });
      const created = await person.post('/v1/workspaces', { name: 'Mine', members: [] });
      const { workspaceId: mine } = created.body as Workspace;
      for (const id of [workspaceId, mine])
        await owner.put(`/v1/workspaces/${id}/members/${owner.userId}`, { role: 'admin' });

      await owner.put(`/v1/workspaces/${workspaceId}/members/${person.userId}`, { role: 'editor' });
      const still = await person.post('/v1/workspaces', { name: 'Still' });
      const { workspaceId: third } = still.body as Workspace;
      await owner.put(`/v1/workspaces/${third}/members/${owner.userId}`, { role: 'admin' });
      await owner.put(`/v1/workspaces/${mine}/members/${person.userId}`, { role: 'editor' });
      await owner.delete(`/v1/workspaces/${third}/members/${person.userId}`);

      expect(still.status).toBe(201);
      refused(await person.post('/v1/workspaces', { name: 'No more' }), 403, 'forbidden');
      expect((await person.read<Me>('/v1/me')).canCreateWorkspaces).toBe(false);
    });

    test('30 times two at once at limit − 1: always exactly one', async () => {
      const { owner: by, organizationId } = await anOrganization(stage, { limits: { workspaces: 1 } });
      for (let round = 0; round < 30; round++) {
        const answers = await Promise.all([
          by.post<Workspace>('/v1/workspaces', { name: 'One' }),
          by.post<Workspace>('/v1/workspaces', { name: 'Two' }),
        ]);

        expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
        const made = answers.find(({ status }) => status === 201)?.body.workspaceId;
        expect((await by.delete(`/v1/workspaces/${made}`)).status).toBe(204);
      }
      expect(await usage(organizationId)).toBe(0);
    });
  });

  describe('the limit', () => {
    test('under the present usage stops growth and nothing else', async () => {
      const { owner: by, organizationId } = await anOrganization(stage);
      const [first, second] = [await aWorkspace(by), await aWorkspace(by)];
      const limits = `/v1/admin/organizations/${organizationId}/limits`;
      await stage.support().patch(limits, { workspaces: 1, reason: 'A smaller plan' });

      const renamed = await by.patch(`/v1/workspaces/${first.workspaceId}`, { name: 'Renamed' });
      refused(await by.post('/v1/workspaces', { name: 'Third' }), 409, 'workspace_limit_reached');
      await by.delete(`/v1/workspaces/${second.workspaceId}`);
      refused(await by.post('/v1/workspaces', { name: 'Second' }), 409, 'workspace_limit_reached');
      await by.delete(`/v1/workspaces/${first.workspaceId}`);

      expect(renamed.status).toBe(200);
      expect(await by.post('/v1/workspaces', { name: 'First' })).toMatchObject({ status: 201 });
    });
  });

  describe('the draft', () => {
    test('tells of each pre-selected person the workspaces that the caller sees, and counts the others', async () => {
      const [from, hidden] = [await aWorkspace(owner, { name: 'Seen' }), await aWorkspace(owner)];
      const admin = await aPerson(stage, owner, { [from.workspaceId]: 'admin' });
      const both = await aPerson(stage, owner, {
        [from.workspaceId]: 'editor',
        [hidden.workspaceId]: 'viewer',
      });

      const draft = await admin.read<Draft>(`/v1/workspaces/draft?fromWorkspaceId=${from.workspaceId}`);

      expect(draft.members.find(({ userId }) => userId === both.userId)).toMatchObject({
        email: both.email,
        name: both.name,
        role: 'editor',
        workspaces: [{ workspaceId: from.workspaceId, name: 'Seen', role: 'editor' }],
        otherWorkspaceCount: 1,
      });
      expect(draft.roles.map(({ role, assignable }) => [role, assignable])).toEqual([
        ['owner', false],
        ['admin', true],
        ['editor', true],
        ['viewer', true],
      ]);
    });

    test('without a current workspace pre-selects nobody', async () => {
      expect(await owner.read('/v1/workspaces/draft')).toMatchObject({ canCreate: true, members: [] });
    });

    test('tells those who may not create that they may not, as POST would', async () => {
      const { workspaceId } = await aWorkspace(owner);
      const editor = await aPerson(stage, owner, { [workspaceId]: 'editor' });

      const draft = await editor.read<Draft>('/v1/workspaces/draft');
      const problem = refused(await editor.post('/v1/workspaces', { name: 'New' }), 403, 'forbidden');

      const { requestId: _, ...foretold } = problem;
      expect(draft).toMatchObject({ canCreate: false, problem: foretold });
    });
  });

  describe('who am I', () => {
    test('tells a person their workspaces and roles, an owner every one', async () => {
      const { owner: by, organizationId } = await anOrganization(stage, { name: 'Agency & Sons' });
      const [one, two] = [await aWorkspace(by, { name: 'One' }), await aWorkspace(by, { name: 'Two' })];
      const viewer = await aPerson(stage, by, { [one.workspaceId]: 'viewer' }, 'Vera');
      const admin = await aPerson(stage, by, { [two.workspaceId]: 'admin' }, 'Ada');
      await by.delete(`/v1/workspaces/${two.workspaceId}/members/${by.userId}`);

      expect(await viewer.read('/v1/me')).toEqual({
        userId: viewer.userId,
        email: viewer.email,
        name: 'Vera',
        organization: { id: organizationId, name: 'Agency & Sons' },
        organizationRole: 'member',
        workspaces: [{ workspaceId: one.workspaceId, name: 'One', role: 'viewer' }],
        workspaceCount: 1,
        canCreateWorkspaces: false,
      });
      expect(await admin.read('/v1/me')).toMatchObject({ canCreateWorkspaces: true });
      const me = await by.read<Me>('/v1/me');
      expect(me).toMatchObject({ organizationRole: 'owner', canCreateWorkspaces: true });
      expect(me.workspaces).toEqual(
        expect.arrayContaining([
          { workspaceId: one.workspaceId, name: 'One', role: 'owner' },
          { workspaceId: two.workspaceId, name: 'Two', role: 'owner' },
        ]),
      );
    });

    test('a role is assignable where the caller manages members, and the owner’s nowhere', async () => {
      const { workspaceId } = await aWorkspace(owner);
      const admin = await aPerson(stage, owner, { [workspaceId]: 'admin' });
      const editor = await aPerson(stage, owner, { [workspaceId]: 'editor' });
      const assignable = async (by: Person) => {
        const { items } = await by.read<{ items: RoleDescription[] }>(`/v1/roles?workspaceId=${workspaceId}`);
        return items.filter((role) => role.assignable).map(({ role }) => role);
      };

      expect(await assignable(admin)).toEqual(['admin', 'editor', 'viewer']);
      expect(await assignable(owner)).toEqual(['admin', 'editor', 'viewer']);
      expect(await assignable(editor)).toEqual([]);
    });
  });

  describe('“Update workspace”', () => {
    test('changes name, people, connections and accounts as one, with one event for each kind of change', async () => {
      const [from, here] = [await aWorkspace(owner), await aWorkspace(owner, { name: 'Before' })];
      const [comes, changes, goes] = [
        await aPerson(stage, owner, { [from.workspaceId]: 'viewer' }),
        await aPerson(stage, owner, { [here.workspaceId]: 'viewer' }),
        await aPerson(stage, owner, { [here.workspaceId]: 'admin' }),
      ];
      const [added, reselected, removed] = [
        await aConnection(stage, owner, from.workspaceId, { name: 'Added' }),
        await aConnection(stage, owner, here.workspaceId, { name: 'Reselected' }),
        await aConnection(stage, owner, here.workspaceId, { name: 'Removed' }),
      ];

      const answer = await owner.patch<Workspace>(`/v1/workspaces/${here.workspaceId}`, {
        name: 'After',
        description: 'All new',
        members: {
          set: [
            { userId: comes.userId, role: 'editor' },
            { userId: changes.userId, role: 'admin' },
          ],
          remove: [goes.userId],
        },
        connections: {
          add: [{ workspaceId: from.workspaceId, connectionId: added.connectionId, accountIds: ['a1'] }],
          remove: [removed.connectionId],
          accounts: [{ connectionId: reselected.connectionId, accountIds: ['a2', 'a3'] }],
        },
      });

      expect(answer).toMatchObject({
        status: 200,
        body: { name: 'After', description: 'All new', memberCount: 3, connectionCount: 2 },
      });
      expect(await owner.read(`/v1/workspaces/${here.workspaceId}`)).toEqual(answer.body);
      const people = Object.fromEntries(
        (await members(here.workspaceId)).map(({ userId, role }) => [userId, role]),
      );
      expect(people).toEqual({
        [owner.userId]: 'admin',
        [comes.userId]: 'editor',
        [changes.userId]: 'admin',
      });
      const now = await connectionsOf(here.workspaceId);
      expect(Object.fromEntries(now.map(({ name, accounts }) => [name, accounts.selected]))).toEqual({
        Added: 1,
        Reselected: 2,
      });
      const { items } = await owner.read<Page<AuditEvent>>(
        `/v1/events?workspaceId=${here.workspaceId}&limit=100`,
      );
      const types = items.map(({ type }) => type);
      for (const type of [
        'workspace.updated',
        'member.role_changed',
        'member.removed',
        'connection.copied',
        'connection.deleted',
        'connection.updated',
      ])
        expect(types, type).toContain(type);
    });

    test.each([
      ['the last admin would go', { members: { remove: ['me'] } }, 409, 'last_admin'],
      [
        'the last admin would be demoted',
        { members: { set: [{ userId: 'me', role: 'viewer' }] } },
        409,
        'last_admin',
      ],
      [
        'somebody is set and removed',
        { members: { set: [{ userId: 'me', role: 'admin' }], remove: ['me'] } },
        400,
        'validation_failed',
      ],
      [
        'somebody is not in the organization',
        { members: { set: [{ userId: 'usr_none', role: 'viewer' }] } },
        400,
        'unknown_user',
      ],
      ['a connection is not there', { connections: { remove: ['con_none'] } }, 404, 'not_found'],
      ['a parent would go', { connections: { remove: ['parent'] } }, 409, 'connection_has_copies'],
      [
        'an account is not there',
        { connections: { accounts: [{ connectionId: 'parent', accountIds: ['x'] }] } },
        400,
        'account_not_available',
      ],
      [
        'a connection is removed and reselected',
        { connections: { remove: ['parent'], accounts: [{ connectionId: 'parent', accountIds: 'all' }] } },
        400,
        'validation_failed',
      ],
      [
        'something is copied into its own workspace',
        { connections: { addAllFrom: ['here'] } },
        400,
        'validation_failed',
      ],
      ['the name is empty', {}, 400, 'validation_failed'],
    ])('is refused as a whole when %s', async (why, change, status, code) => {
      const [here, there] = [await aWorkspace(owner, { name: 'Before' }), await aWorkspace(owner)];
      const parent = await aConnection(stage, owner, here.workspaceId);
      await aCopy(owner, parent, there.workspaceId);
      const person = await aPerson(stage, owner, { [there.workspaceId]: 'viewer' });
      const body = JSON.parse(
        JSON.stringify({
          name: why === 'the name is empty' ? '' : 'After',
          members: {},
          connections: {},
          ...change,
        })
          .replaceAll('"me"', `"${owner.userId}"`)
          .replaceAll('"parent"', `"${parent.connectionId}"`)
          .replaceAll('"here"', `"${here.workspaceId}"`),
      ) as { members: { set?: unknown[] } };
      // A part that could be done alone.
      body.members.set = [...(body.members.set ?? []), { userId: person.userId, role: 'viewer' }];
      const look = async () => [
        await owner.read(`/v1/workspaces/${here.workspaceId}`),
        await members(here.workspaceId),
        await connectionsOf(here.workspaceId),
      ];
      const before = await look();

      refused(await owner.patch(`/v1/workspaces/${here.workspaceId}`, body), status, code);

      expect(await look()).toEqual(before);
    });

    test('without anything to change changes nothing, not even the version', async () => {
      const made = await aWorkspace(owner, { name: 'Same' });

      for (const body of [{}, { name: 'Same' }, { members: {}, connections: {} }])
        expect(await owner.patch(`/v1/workspaces/${made.workspaceId}`, body)).toMatchObject({
          status: 200,
          body: made,
        });
    });

    test('an editor may send connections alone, and of a person nothing', async () => {
      const { workspaceId } = await aWorkspace(owner);
      const editor = await aPerson(stage, owner, { [workspaceId]: 'editor' });
      const { connectionId } = await aConnection(stage, owner, workspaceId);
      const connections = { accounts: [{ connectionId, accountIds: ['a1'] }] };
      const path = `/v1/workspaces/${workspaceId}`;

      for (const more of [{ name: 'New' }, { description: 'New' }, { members: {} }])
        refused(await editor.patch(path, { connections, ...more }), 403, 'forbidden');
      expect(await editor.patch(path, { connections })).toMatchObject({
        status: 200,
        body: { role: 'editor' },
      });
    });
  });

  describe('deleting', () => {
    test('takes everything in it, ends access at once and gives its place under the limit back', async () => {
      const made = await aWorkspace(owner);
      const path = `/v1/workspaces/${made.workspaceId}`;
      const viewer = await aPerson(stage, owner, { [made.workspaceId]: 'viewer' });
      const connection = await aConnection(stage, owner, made.workspaceId);
      const before = await usage();

      expect((await owner.delete(path)).status).toBe(204);

      expect(await usage()).toBe(before - 1);
      refused(await viewer.get(path), 404, 'not_found');
      for (const gone of [path, `${path}/members`, `${path}/connections`, pathOf(connection)])
        refused(await owner.get(gone), 404, 'not_found');
      expect(await viewer.read('/v1/me')).toMatchObject({ workspaces: [] });
      expect(await owner.read(`/v1/users/${viewer.userId}`)).toMatchObject({
        workspaces: [],
        otherWorkspaceCount: 0,
      });
    });

    test('is refused with the copies while one of its connections has any elsewhere', async () => {
      const [from, to] = [await aWorkspace(owner), await aWorkspace(owner, { name: 'Holder' })];
      const source = await aConnection(stage, owner, from.workspaceId);
      const copy = await aCopy(owner, source, to.workspaceId);

      const problem = refused(
        await owner.delete(`/v1/workspaces/${from.workspaceId}`),
        409,
        'connection_has_copies',
      );

      expect(problem.copies).toEqual({
        total: 1,
        hidden: 0,
        items: [{ connectionId: copy.connectionId, workspaceId: to.workspaceId, workspaceName: 'Holder' }],
      });
      expect(problem.parents).toEqual([
        { connectionId: source.connectionId, name: source.name, copies: 1, hidden: 0 },
      ]);
      expect((await owner.get(pathOf(source))).status).toBe(200);
      expect((await owner.delete(`/v1/workspaces/${to.workspaceId}`)).status).toBe(204);
      expect(await owner.read(pathOf(source))).toMatchObject({ lineage: { copies: 0 } });
      expect((await owner.delete(`/v1/workspaces/${from.workspaceId}`)).status).toBe(204);
    });
  });
});
