import { describe, expect, test } from 'vitest';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { listMembers } from '../../../domain/members/listMembers.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { getOrganizationView } from '../../../domain/organizations/organization.ts';
import { CreateWorkspace, createWorkspace } from '../../../domain/workspaces/createWorkspace.ts';
import { draftWorkspace } from '../../../domain/workspaces/draftWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aConnection, anOrganization, at, aWorkspace, type TestUser } from '../../support/builders.ts';
import { aWorld, withKey } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

async function rolesIn(reader: TestUser, workspaceId: Agency['home']['workspaceId']) {
  const { items } = await listMembers(reader, workspaceId, page);
  return Object.fromEntries(items.map(({ email, role }) => [email, role]));
}

async function usage({ support, orgId }: Agency) {
  return (await getOrganizationView(support, orgId)).usage.workspaces;
}

describe('a created workspace', () => {
  test('reads back as it was answered, with its creator as the first admin', async () => {
    const { owner } = await anAgency(engine);

    const created = await aWorkspace(owner, { name: '  Client  ', description: 'A client.' });

    expect(created).toEqual({
      workspaceId: expect.stringMatching(/^wsp_/),
      name: 'Client',
      description: 'A client.',
      role: 'owner',
      status: 'active',
      memberCount: 1,
      connectionCount: 0,
      createdAt: '2026-03-02T09:00:00.000Z',
      createdBy: owner.actor.userId,
      updatedAt: '2026-03-02T09:00:00.000Z',
      version: 1,
    });
    expect(await getWorkspace(owner, created.workspaceId)).toEqual(created);
    expect(await rolesIn(owner, created.workspaceId)).toEqual({ 'owner@example.com': 'admin' });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('is told by one event, with who made it and whom and what it began with', async () => {
    const { admin, editor, home } = await anAgency(engine);
    const source = await aConnection(admin, home.workspaceId);

    const created = await aWorkspace(admin, {
      members: [{ userId: editor.actor.userId, role: 'viewer' }],
      connections: [at(source)],
    });

    const { items } = await listEvents(admin, { ...page, workspaceId: created.workspaceId });
    expect(items).toEqual([
      {
        eventId: expect.stringMatching(/^evt_/),
        type: 'workspace.created',
        at: '2026-03-02T09:00:00.000Z',
        actor: { kind: 'user', id: admin.actor.userId, email: 'admin@example.com' },
        workspaceId: created.workspaceId,
        details: expect.objectContaining({
          name: 'A workspace',
          members: [
            { userId: admin.actor.userId, role: 'admin' },
            { userId: editor.actor.userId, role: 'viewer' },
          ],
          connections: [expect.objectContaining({ parentId: source.connectionId })],
        }),
      },
    ]);
  });
});

describe('the people of a new workspace', () => {
  test('are those of the current workspace with their roles there, when none are named', async () => {
    const { owner, admin, home } = await anAgency(engine);

    const created = await aWorkspace(admin, { fromWorkspaceId: home.workspaceId });

    expect(created.memberCount).toBe(4);
    expect(await rolesIn(admin, created.workspaceId)).toEqual({
      'owner@example.com': 'admin',
      'admin@example.com': 'admin',
      'editor@example.com': 'editor',
      'viewer@example.com': 'viewer',
    });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('are the named ones alone, beside the creator', async () => {
    const { admin, viewer, outsider, home } = await anAgency(engine);

    const created = await aWorkspace(admin, {
      fromWorkspaceId: home.workspaceId,
      members: [
        { userId: viewer.actor.userId, role: 'editor' },
        { userId: outsider.actor.userId, role: 'admin' },
      ],
    });

    expect(await rolesIn(admin, created.workspaceId)).toEqual({
      'admin@example.com': 'admin',
      'viewer@example.com': 'editor',
      'outsider@example.com': 'admin',
    });
  });

  test('are nobody else when the list is empty', async () => {
    const { admin, home } = await anAgency(engine);

    const created = await aWorkspace(admin, { fromWorkspaceId: home.workspaceId, members: [] });

    expect(await rolesIn(admin, created.workspaceId)).toEqual({ 'admin@example.com': 'admin' });
  });

  test('may name the creator as admin', async () => {
    const { admin } = await anAgency(engine);

    const created = await aWorkspace(admin, { members: [{ userId: admin.actor.userId, role: 'admin' }] });

    expect(created.memberCount).toBe(1);
  });

  test.each(['editor', 'viewer'] as const)('may not name the creator as %s', async (role) => {
    const agency = await anAgency(engine);
    const members = [{ userId: agency.admin.actor.userId, role }];

    const error = await refused(agency.admin, () => aWorkspace(agency.admin, { members }));

    expect(error).toMatchObject({
      code: 'validation_failed',
      extra: { errors: [{ pointer: '#/members/0/role' }] },
    });
  });

  test('are refused with everybody who is not in the organization', async () => {
    const { admin, editor } = await anAgency(engine);
    const stranger = await anOrganization(aWorld(engine), { owner: { email: 'stranger@example.com' } });
    const members = [editor.actor.userId, stranger.owner.actor.userId, 'usr_nobody'].map((userId) => ({
      userId,
      role: 'viewer' as const,
    }));

    const error = await refused(admin, () => aWorkspace(admin, { members }));

    expect(error).toMatchObject({
      code: 'unknown_user',
      extra: { errors: [{ pointer: '#/members/1/userId' }, { pointer: '#/members/2/userId' }] },
    });
  });

  test('are refused when somebody is named twice', async () => {
    const { admin, editor } = await anAgency(engine);
    const { userId } = editor.actor;
    const members = [
      { userId, role: 'viewer' as const },
      { userId, role: 'editor' as const },
    ];

    const error = await refused(admin, () => aWorkspace(admin, { members }));

    expect(error).toMatchObject({
      code: 'validation_failed',
      extra: { errors: [{ pointer: '#/members/1' }] },
    });
  });

  test('are refused when they are taken from a workspace that the caller does not see', async () => {
    const { admin, elsewhere } = await anAgency(engine);

    const error = await refused(admin, () => aWorkspace(admin, { fromWorkspaceId: elsewhere.workspaceId }));

    expect(error.code).toBe('not_found');
  });

  test('are at most as many as the limit', async () => {
    const { owner, admin, editor, viewer, outsider } = await anAgency(engine, {
      limits: { membersPerWorkspace: 4 },
    });
    const others = (...users: TestUser[]) => ({
      members: users.map(({ actor }) => ({ userId: actor.userId, role: 'viewer' as const })),
    });
    expect((await aWorkspace(admin, others(owner, editor, viewer))).memberCount).toBe(4);

    const error = await refused(admin, () => aWorkspace(admin, others(owner, editor, viewer, outsider)));

    expect(error).toMatchObject({ code: 'member_limit_reached', extra: { limit: 4, wanted: 5 } });
  });
});

describe('the connections of a new workspace', () => {
  test('are the named ones with the named accounts, and all of whole workspaces', async () => {
    const { owner, home, elsewhere } = await anAgency(engine);
    const named = await aConnection(owner, home.workspaceId, { name: 'Named' });
    const whole = await aConnection(owner, elsewhere.workspaceId, { name: 'Whole' });

    const created = await aWorkspace(owner, {
      connections: [{ ...at(named), accountIds: ['a2'] }],
      copyAllConnectionsFrom: [elsewhere.workspaceId],
    });

    const { items } = await listConnections(owner, created.workspaceId, page);
    expect(created.connectionCount).toBe(2);
    expect(items.map(({ name, accounts, lineage }) => [name, accounts.selected, lineage.parentId])).toEqual([
      ['Named', 1, named.connectionId],
      ['Whole', 3, whole.connectionId],
    ]);
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('have the explicit selection when they are named and of a whole workspace as well', async () => {
    const { owner, home } = await anAgency(engine);
    const source = await aConnection(owner, home.workspaceId);

    const created = await aWorkspace(owner, {
      connections: [{ ...at(source), accountIds: ['a1', 'a3'] }],
      copyAllConnectionsFrom: [home.workspaceId],
    });

    const { items } = await listConnections(owner, created.workspaceId, page);
    expect(items.map(({ accounts }) => [accounts.mode, accounts.selected])).toEqual([['selected', 2]]);
  });

  test('are at most as many as the limit', async () => {
    const { owner, home, support, orgId } = await anAgency(engine, {
      limits: { connectionsPerWorkspace: 2 },
    });
    await aConnection(owner, home.workspaceId);
    await aConnection(owner, home.workspaceId);
    const all = { copyAllConnectionsFrom: [home.workspaceId] };
    expect((await aWorkspace(owner, all)).connectionCount).toBe(2);
    await changeLimits(support, orgId, { connectionsPerWorkspace: 1, reason: 'test' });

    const error = await refused(owner, () => aWorkspace(owner, all));

    expect(error).toMatchObject({ code: 'connection_limit_reached', extra: { limit: 1 } });
  });

  test('are refused as a whole when one of them can not be copied', async () => {
    const { admin, home, elsewhere, owner } = await anAgency(engine);
    const seen = await aConnection(owner, home.workspaceId);
    const hidden = await aConnection(owner, elsewhere.workspaceId);

    const error = await refused(admin, () => aWorkspace(admin, { connections: [at(seen), at(hidden)] }));

    expect(error.code).toBe('not_found');
  });
});

describe('the limit of workspaces', () => {
  const sentence =
    'Please reach out to your Customer Success Manager or our Support Team to increase the workspaces limit.';

  test('lets the last one in and refuses the next with the words of the product', async () => {
    const agency = await anAgency(engine, { limits: { workspaces: 3 } });
    await aWorkspace(agency.admin);

    const error = await refused(agency.admin, () => aWorkspace(agency.admin));

    expect(error).toMatchObject({
      code: 'workspace_limit_reached',
      message: sentence,
      extra: { limit: 3, used: 3 },
    });
    expect(await usage(agency)).toBe(3);
  });

  test('is foretold by the draft', async () => {
    const { admin, home } = await anAgency(engine, { limits: { workspaces: 3 } });
    expect(await draftWorkspace(admin)).toMatchObject({
      canCreate: true,
      limit: { workspaces: { used: 2, limit: 3 } },
      problem: undefined,
    });

    await aWorkspace(admin);

    expect(await draftWorkspace(admin, home.workspaceId)).toMatchObject({
      canCreate: false,
      limit: { workspaces: { used: 3, limit: 3 } },
      problem: { code: 'workspace_limit_reached', message: sentence },
    });
  });

  test('holds for owners too, and lets them go on once support has raised it', async () => {
    const { owner, support, orgId } = await anAgency(engine, { limits: { workspaces: 2 } });
    expect((await refused(owner, () => aWorkspace(owner))).code).toBe('workspace_limit_reached');

    await changeLimits(support, orgId, { workspaces: 3, reason: 'They pay for more.' });

    await expect(aWorkspace(owner)).resolves.toMatchObject({ status: 'active' });
  });

  test('under the present usage stops growth alone', async () => {
    const { owner, support, orgId, home } = await anAgency(engine);

    await changeLimits(support, orgId, { workspaces: 1, reason: 'They pay for less.' });

    expect((await refused(owner, () => aWorkspace(owner))).extra).toEqual({ limit: 1, used: 2 });
    await expect(getWorkspace(owner, home.workspaceId)).resolves.toMatchObject({ status: 'active' });
  });
});

describe('who may create', () => {
  test.each([
    ['owner', 'owner'],
    ['admin', 'admin'],
  ] as const)('an %s of the agency may, and is %s of the new one', async (who, role) => {
    const agency = await anAgency(engine);

    expect((await aWorkspace(agency[who])).role).toBe(role);
  });

  test.each(['editor', 'viewer', 'outsider'] as const)(
    'an %s may not, and the draft says so',
    async (who) => {
      const agency = await anAgency(engine);
      const caller = agency[who];

      expect((await refused(caller, () => aWorkspace(caller))).code).toBe('forbidden');

      expect(await draftWorkspace(caller, agency.home.workspaceId)).toMatchObject({
        canCreate: false,
        problem: { code: 'forbidden' },
        members: [],
      });
    },
  );
});

test('the draft pre-selects the members of the current workspace, with their roles there and their other workspaces', async () => {
  const { admin, home } = await anAgency(engine);
  await aWorkspace(admin, { name: 'Second' });

  const { members } = await draftWorkspace(admin, home.workspaceId);

  const named = members.map(({ email, role, workspaces, otherWorkspaceCount }) => [
    email,
    role,
    workspaces.map(({ name }) => name),
    otherWorkspaceCount,
  ]);
  expect(named).toEqual([
    ['owner@example.com', 'admin', ['Home'], 1],
    ['admin@example.com', 'admin', ['Home', 'Second'], 0],
    ['editor@example.com', 'editor', ['Home'], 0],
    ['viewer@example.com', 'viewer', ['Home'], 0],
  ]);
});

test.each([
  ['an empty name', { name: ' ' }],
  ['a name of 101 characters', { name: 'x'.repeat(101) }],
  ['an unknown field', { name: 'a', colour: 'red' }],
  ['the role of an owner', { name: 'a', members: [{ userId: 'usr_1', role: 'owner' }] }],
])('does not take %s', (_, input) => {
  expect(CreateWorkspace.safeParse(input).success).toBe(false);
});

test('a refused creation leaves its key free for another try', async () => {
  const { owner, support, orgId } = await anAgency(engine, { limits: { workspaces: 2 } });
  const input = CreateWorkspace.parse({ name: 'Retried' });
  await expect(createWorkspace(withKey(owner, 'k'), input)).rejects.toMatchObject({
    code: 'workspace_limit_reached',
  });
  await changeLimits(support, orgId, { workspaces: 3, reason: 'They pay for more.' });

  const retried = withKey(owner, 'k');

  await expect(createWorkspace(retried, input)).resolves.toMatchObject({ name: 'Retried' });
  expect(retried.idempotency?.replayed).toBe(false);
});
