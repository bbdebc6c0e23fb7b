import { expect, test } from 'vitest';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import type { Context } from '../../../domain/context.ts';
import type { WorkspaceId } from '../../../domain/ids.ts';
import { grantOwner } from '../../../domain/organizations/owners.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { routes } from '../../../functions/routes.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  aPerson,
  at,
  aWorkspace,
  someAccounts,
  type TestConnection,
  type TestWorkspace,
} from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { inviteOf } from '../../support/invited.ts';
import { perform } from '../../support/perform.ts';
import { type Asked, routeNamed } from '../../support/samples.ts';
import { codeOf, together } from '../../support/state.ts';

const engine = await anEngine();

type Scene = Agency & {
  deep: TestWorkspace;
  original: TestConnection;
  copy: TestConnection;
  copyOfCopy: TestConnection;
  own: TestConnection;
};

/** An original in Home, a copy in Elsewhere that follows it, a copy of that in Deep that follows too; one more original. */
function aScene(): Promise<Scene> {
  return freshCopy(engine, 'version moves', async () => {
    const agency = await anAgency(engine, { limits: { workspaces: 100 } });
    const { owner, home, elsewhere } = agency;
    const deep = await aWorkspace(owner, { name: 'Deep' });
    const original = await aConnection(owner, home.workspaceId);
    const copy = await aCopy(owner, original, elsewhere.workspaceId);
    const copyOfCopy = await aCopy(owner, copy, deep.workspaceId);
    const own = await aConnection(owner, elsewhere.workspaceId, { name: 'Own' });
    return { ...agency, deep, original, copy, copyOfCopy, own };
  });
}

type Write = Asked & { ctx?: Context };
type Row = {
  operationId: string;
  what: string;
  /** The workspaces and connections whose version the write moves, and no others. */
  moves: string[];
  ask: (scene: Scene) => Write | Promise<Write>;
};

const workspaces = ({ home, elsewhere, deep }: Scene): [string, WorkspaceId][] => [
  ['home', home.workspaceId],
  ['elsewhere', elsewhere.workspaceId],
  ['deep', deep.workspaceId],
];
const connections = ({ original, copy, copyOfCopy, own }: Scene): [string, TestConnection][] => [
  ['original', original],
  ['copy', copy],
  ['copyOfCopy', copyOfCopy],
  ['own', own],
];

const inWorkspace = ({ workspaceId }: { workspaceId: WorkspaceId }, body: object): Write => ({
  params: { workspaceId },
  body: { ...body },
});
const onConnection = (connection: TestConnection, body?: object): Write => ({
  params: at(connection),
  ...(body && { body: { ...body } }),
});
const member = ({ home, viewer }: Scene, userId: string = viewer.actor.userId) => ({
  workspaceId: home.workspaceId,
  userId,
});
const ofOrganization = (scene: Scene, more: object = {}): Write => ({
  ctx: scene.support,
  params: { organizationId: scene.orgId, ...more },
});
const byService = ({ world, orgId, copy }: Scene, report: object): Write => ({
  ctx: aContext(world, { kind: 'service', id: 'worker' }),
  params: { organizationId: orgId, ...at(copy) },
  body: { authorizationVersion: 1, ...report },
});
const inviting = (email: string, { home }: Scene): Write => ({
  body: { invitations: [{ email, grants: [{ workspaceId: home.workspaceId, role: 'viewer' }] }] },
});
const invited = async ({ owner, home }: Scene) => {
  const { invitationId, token } = await inviteOf(owner, 'guest@example.com', home.workspaceId);
  return { params: { invitationId }, token };
};
const selecting = (connection: TestConnection, accountIds: string[] | 'all') => ({
  connections: { accounts: [{ connectionId: connection.connectionId, accountIds }] },
});

const rows: Row[] = [
  {
    operationId: 'createWorkspace',
    what: 'with the people and copies of others',
    moves: [],
    ask: ({ home, elsewhere }) => ({
      body: {
        name: 'New',
        fromWorkspaceId: home.workspaceId,
        copyAllConnectionsFrom: [home.workspaceId, elsewhere.workspaceId],
      },
    }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'its name',
    moves: ['home'],
    ask: ({ home }) => inWorkspace(home, { name: 'Renamed' }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'its description',
    moves: ['home'],
    ask: ({ home }) => inWorkspace(home, { description: 'New words' }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'to what it is already',
    moves: [],
    ask: ({ home, original }) => inWorkspace(home, { name: 'Home', ...selecting(original, 'all') }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'its members',
    moves: ['home'],
    ask: (scene) =>
      inWorkspace(scene.home, {
        members: { set: [{ userId: scene.outsider.actor.userId, role: 'viewer' }] },
      }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'a copy more, whose source and parent stay',
    moves: ['deep'],
    ask: ({ deep, own }) => inWorkspace(deep, { connections: { add: [at(own)] } }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'a copy less, whose parent stays',
    moves: ['deep'],
    ask: ({ deep, copyOfCopy }) => inWorkspace(deep, { connections: { remove: [copyOfCopy.connectionId] } }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'the selection of a connection that copies follow, which stay',
    moves: ['home', 'original'],
    ask: ({ home, original }) => inWorkspace(home, selecting(original, ['a1'])),
  },
  {
    operationId: 'deleteWorkspace',
    what: 'with a copy, whose parent stays',
    moves: [],
    ask: ({ deep }) => ({ params: { workspaceId: deep.workspaceId } }),
  },
  {
    operationId: 'putMember',
    what: 'somebody new',
    moves: ['home'],
    ask: (scene) => ({ params: member(scene, scene.outsider.actor.userId), body: { role: 'viewer' } }),
  },
  {
    operationId: 'putMember',
    what: 'another role',
    moves: ['home'],
    ask: (scene) => ({ params: member(scene), body: { role: 'editor' } }),
  },
  {
    operationId: 'putMember',
    what: 'the role that they have',
    moves: [],
    ask: (scene) => ({ params: member(scene), body: { role: 'viewer' } }),
  },
  {
    operationId: 'removeMember',
    what: '',
    moves: ['home'],
    ask: (scene) => ({ params: member(scene) }),
  },
  {
    operationId: 'removeUser',
    what: '',
    moves: ['home'],
    ask: ({ viewer }) => ({ params: { userId: viewer.actor.userId } }),
  },
  {
    operationId: 'createInvitations',
    what: 'of somebody new',
    moves: [],
    ask: (scene) => inviting('new@example.com', scene),
  },
  {
    operationId: 'createInvitations',
    what: 'of somebody who is added at once',
    moves: ['home'],
    ask: (scene) => inviting(scene.outsider.actor.email, scene),
  },
  { operationId: 'resendInvitation', what: '', moves: [], ask: invited },
  { operationId: 'revokeInvitation', what: '', moves: [], ask: invited },
  {
    operationId: 'previewInvitation',
    what: 'which writes nothing',
    moves: [],
    ask: async (scene) => ({
      ctx: aContext(scene.world, { kind: 'anyone' }),
      body: { token: (await invited(scene)).token },
    }),
  },
  {
    operationId: 'acceptInvitation',
    what: '',
    moves: ['home'],
    ask: async (scene) => ({
      ctx: aPerson(scene.world, 'guest@example.com'),
      body: { token: (await invited(scene)).token },
    }),
  },
  {
    operationId: 'createConnection',
    what: '',
    moves: ['deep'],
    ask: ({ deep }) =>
      inWorkspace(deep, { dataSource: 'x', businessAccount: { id: 'b', name: 'B' }, credentials: {} }),
  },
  {
    operationId: 'copyConnections',
    what: 'of an original and of a copy',
    moves: ['deep'],
    ask: ({ deep, own }) => inWorkspace(deep, { connections: [at(own)] }),
  },
  {
    operationId: 'updateConnection',
    what: 'its name',
    moves: ['elsewhere', 'copy'],
    ask: ({ copy }) => onConnection(copy, { name: 'Renamed' }),
  },
  {
    operationId: 'updateConnection',
    what: 'its selection',
    moves: ['elsewhere', 'own'],
    ask: ({ own }) => onConnection(own, { accountIds: ['a1'] }),
  },
  {
    operationId: 'updateConnection',
    what: 'the selection that copies follow, which stay',
    moves: ['home', 'original'],
    ask: ({ original }) => onConnection(original, { accountIds: ['a1'] }),
  },
  {
    operationId: 'updateConnection',
    what: 'to what it is already',
    moves: [],
    ask: ({ copy }) => onConnection(copy, { name: copy.name, accountIds: 'all' }),
  },
  {
    operationId: 'reconnectConnection',
    what: '',
    moves: [],
    ask: ({ copy }) => onConnection(copy, { credentials: {} }),
  },
  {
    operationId: 'reconnectConnection',
    what: 'with another list and another name of the business account',
    moves: [],
    ask: ({ copy }) =>
      onConnection(copy, {
        credentials: {},
        accounts: someAccounts('a1', 'a9'),
        acceptAccountLoss: true,
        businessAccount: { id: 'business-1', name: 'Renamed' },
      }),
  },
  {
    operationId: 'deleteConnection',
    what: 'of a copy, whose parent stays',
    moves: ['deep'],
    ask: ({ copyOfCopy }) => onConnection(copyOfCopy),
  },
  {
    operationId: 'reportAuthorization',
    what: '',
    moves: [],
    ask: (scene) => byService(scene, { status: 'error', error: { code: 'expired', message: 'Expired.' } }),
  },
  {
    operationId: 'reportAccounts',
    what: '',
    moves: [],
    ask: (scene) => byService(scene, { accounts: someAccounts('a1', 'a9') }),
  },
  {
    operationId: 'createOrganization',
    what: '',
    moves: [],
    ask: ({ support }) => ({ ctx: support, body: { name: 'Other', owner: { email: 'other@example.com' } } }),
  },
  {
    operationId: 'changeLimits',
    what: '',
    moves: [],
    ask: (scene) => ({ ...ofOrganization(scene), body: { workspaces: 50, reason: 'A test' } }),
  },
  {
    operationId: 'grantOwner',
    what: '',
    moves: [],
    ask: (scene) => ofOrganization(scene, { userId: scene.admin.actor.userId }),
  },
  {
    operationId: 'revokeOwner',
    what: '',
    moves: [],
    ask: async (scene) => {
      const { orgId, support, admin } = scene;
      await grantOwner(support, { orgId, userId: admin.actor.userId });
      return ofOrganization(scene, { userId: admin.actor.userId });
    },
  },
];

type Seen = Map<string, number>;

/** The versions of what is there, by the names of the scene. */
async function versions(scene: Scene): Promise<Seen> {
  const { owner } = scene;
  const reads = [
    ...workspaces(scene).map(([name, id]) => ({ name, read: () => getWorkspace(owner, id) })),
    ...connections(scene).map(([name, one]) => ({ name, read: () => getConnection(owner, at(one)) })),
  ];
  const outcomes = await together(...reads.map(({ read }) => read));
  return new Map(
    outcomes.flatMap((outcome, n) =>
      'done' in outcome ? [[reads[n]?.name ?? '', (outcome.done as { version: number }).version]] : [],
    ),
  );
}

const title = (row: Row) => `${row.operationId} ${row.what}`.trim();

test.each(rows.map((row) => [title(row), row] as const))(
  '%s moves the versions of what it changed, and no others',
  async (_, { operationId, ask, moves }) => {
    const scene = await aScene();
    const { ctx = scene.owner, ...asked } = await ask(scene);
    const before = await versions(scene);

    await perform(ctx, routeNamed(operationId), asked);

    const after = await versions(scene);
    const moved = [...after].filter(([name, version]) => version !== before.get(name)).map(([name]) => name);
    expect(moved).toEqual(moves);
  },
);

test.each(rows.map((row) => [title(row), row] as const))(
  'after %s a change with If-Match is refused where something was changed, and nowhere else',
  async (_, { operationId, ask, moves }) => {
    const scene = await aScene();
    const { owner } = scene;
    const { ctx = owner, ...asked } = await ask(scene);
    const seen = await versions(scene);
    await perform(ctx, routeNamed(operationId), asked);
    const present = await versions(scene);
    const refusedOf: string[] = [];
    const attempt = async (name: string, change: () => Promise<unknown>) => {
      if (!present.has(name)) return;
      const [outcome] = await together(change);
      if (codeOf(outcome) === 'version_mismatch') refusedOf.push(name);
      else expect(codeOf(outcome)).toBe('done');
    };

    for (const [name, id] of workspaces(scene))
      await attempt(name, () => updateWorkspace(owner, id, { description: 'Other words' }, seen.get(name)));
    for (const [name, one] of connections(scene))
      await attempt(name, () => updateConnection(owner, at(one), { name: 'Another' }, seen.get(name)));

    expect(refusedOf).toEqual(moves);
  },
);

test('every write of the API is tried', () => {
  const tried = new Set(rows.map(({ operationId }) => operationId));

  const writes = routes.filter(({ method }) => method !== 'GET').map(({ operationId }) => operationId);

  expect(writes.filter((operationId) => !tried.has(operationId))).toEqual([]);
});

test('two who change selections of one workspace under one version: only one is heard, whichever way they take', async () => {
  const scene = await aScene();
  const { owner, elsewhere, own } = scene;
  const { version } = await getWorkspace(owner, elsewhere.workspaceId);
  await updateConnection(owner, at(own), { accountIds: ['a1', 'a3'] });

  const [outcome] = await together(() =>
    updateWorkspace(owner, elsewhere.workspaceId, selecting(own, ['a2']), version),
  );

  expect(codeOf(outcome)).toBe('version_mismatch');
  expect((await getConnection(owner, at(own))).accounts.selected).toBe(2);
});
