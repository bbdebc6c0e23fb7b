import { beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../domain/context.ts';
import { newMeter } from '../../domain/table/meter.ts';
import type { Route } from '../../functions/http/route.ts';
import { routes } from '../../functions/routes.ts';
import {
  aConnection,
  aCopy,
  aMember,
  anOrganization,
  aPerson,
  aWorkspace,
  type TestConnection,
  type TestOrganization,
  type TestUser,
  type TestWorkspace,
} from '../support/builders.ts';
import { aContext, aWorld, type World } from '../support/context.ts';
import { anEngine, type TestEngine } from '../support/engine.ts';
import { hundredConnections } from '../support/hundredConnections.ts';
import { inviteOf } from '../support/invited.ts';
import { measured } from '../support/measure.ts';

/*
 * What each route costs on an agency with 3 people, 2 workspaces and 10 connections of 3 accounts, half of them copied.
 * The chain adds one Get (0.5 to 1 read unit) for who the login is. `vitest -u` writes docs/capacity.md anew: a change
 * there is a decision.
 */
type Costs = { calls: string; reads: number; writes: number; actions: number };

let engine: TestEngine;
let world: World;
let org: TestOrganization;
let admin: TestUser;
let editor: TestUser;
let agency: TestWorkspace;
let client: TestWorkspace;
let connections: TestConnection[];
let copies: TestConnection[];

beforeAll(async () => {
  engine = await anEngine();
  world = aWorld(engine);
  org = await anOrganization(world, { limits: { workspaces: 100 } });
  agency = await aWorkspace(org.owner, { name: 'Agency' });
  admin = await aMember(org.owner, 'admin@example.com', { workspaceId: agency.workspaceId, role: 'admin' });
  editor = await aMember(org.owner, 'editor@example.com', {
    workspaceId: agency.workspaceId,
    role: 'editor',
  });
  client = await aWorkspace(admin, { name: 'Client', fromWorkspaceId: agency.workspaceId });
  connections = [];
  for (let n = 0; n < 10; n++)
    connections.push(await aConnection(admin, agency.workspaceId, { name: `Number ${n}` }));
  copies = [];
  for (const source of connections.slice(0, 5))
    copies.push(await aCopy(admin, source, client.workspaceId, ['a1']));
});

const service = () => aContext(world, { kind: 'service', id: 'extractor' });
const inClient = () => ({ workspaceId: client.workspaceId });
const aCopyThere = () => ({ ...inClient(), connectionId: copies[0]?.connectionId });
const forService = () => ({ organizationId: org.orgId, ...aCopyThere() });
const someone = () => ({ ...inClient(), userId: editor.actor.userId });
const pageOf = (query: object = {}) => ({ limit: 50, ...query });

type Sample = { ctx?: Context; params?: object; query?: object; body?: object };

/** One typical request a route, in this order: some need what an earlier one made. */
const samples: Record<string, () => Sample | Promise<Sample>> = {
  getHealth: () => ({}),
  getMe: () => ({}),
  listRoles: () => ({ query: inClient() }),
  listWorkspaces: () => ({ query: pageOf() }),
  draftWorkspace: () => ({ query: { fromWorkspaceId: agency.workspaceId } }),
  getWorkspace: () => ({ params: inClient() }),
  listMembers: () => ({ params: inClient(), query: pageOf() }),
  listUsers: () => ({ query: pageOf() }),
  getUser: () => ({ params: someone() }),
  listUserWorkspaces: () => ({ params: { userId: editor.actor.userId }, query: pageOf() }),
  listConnections: () => ({ params: inClient(), query: pageOf() }),
  getConnection: () => ({ params: aCopyThere() }),
  listAccounts: () => ({ params: aCopyThere(), query: pageOf() }),
  listLineage: () => ({ params: aCopyThere(), query: pageOf() }),
  searchAccounts: () => ({ query: pageOf() }),
  listEvents: () => ({ query: pageOf() }),
  listConnectionEvents: () => ({ params: aCopyThere(), query: pageOf() }),
  createWorkspace: () => ({
    body: { name: 'New', fromWorkspaceId: agency.workspaceId, copyAllConnectionsFrom: [agency.workspaceId] },
  }),
  updateWorkspace: () => ({ params: inClient(), body: { name: 'Renamed' } }),
  putMember: () => ({ params: someone(), body: { role: 'viewer' } }),
  removeMember: () => ({ params: someone() }),
  createInvitations: () => ({
    body: { invitations: [{ email: 'new@example.com', grants: [{ ...inClient(), role: 'viewer' }] }] },
  }),
  listInvitations: () => ({ query: pageOf() }),
  resendInvitation: async () => ({
    params: { invitationId: (await inviteOf(admin, 'new@example.com')).invitationId },
  }),
  previewInvitation: async () => ({
    ctx: aContext(world, { kind: 'anyone' }),
    body: { token: (await inviteOf(admin, 'new@example.com')).token },
  }),
  acceptInvitation: async () => ({
    ctx: aPerson(world, 'new@example.com'),
    body: { token: (await inviteOf(admin, 'new@example.com')).token },
  }),
  revokeInvitation: async () => ({
    params: { invitationId: (await inviteOf(admin, 'other@example.com', client.workspaceId)).invitationId },
  }),
  createConnection: () => ({
    params: inClient(),
    body: {
      dataSource: 'google-ads',
      businessAccount: { id: 'b', name: 'Business' },
      credentials: { refreshToken: 'secret' },
      accounts: [{ id: 'a1', name: 'One' }],
    },
  }),
  copyConnections: () => ({
    params: inClient(),
    body: {
      connections: connections
        .slice(5, 6)
        .map(({ workspaceId, connectionId }) => ({ workspaceId, connectionId })),
    },
  }),
  updateConnection: () => ({ params: aCopyThere(), body: { name: 'Renamed', accountIds: ['a1', 'a2'] } }),
  reconnectConnection: () => ({ params: aCopyThere(), body: { credentials: { refreshToken: 'new' } } }),
  getCredentials: () => ({ ctx: service(), params: forService() }),
  reportAuthorization: () => ({
    ctx: service(),
    params: forService(),
    body: { authorizationVersion: 2, status: 'error', error: { code: 'expired', message: 'Expired.' } },
  }),
  reportAccounts: () => ({
    ctx: service(),
    params: forService(),
    body: { authorizationVersion: 2, accounts: [{ id: 'a1', name: 'One' }] },
  }),
  deleteConnection: () => ({ params: { ...inClient(), connectionId: copies[1]?.connectionId } }),
  deleteWorkspace: () => ({ params: inClient() }),
  createOrganization: () => ({
    ctx: org.support,
    body: { name: 'Other', owner: { email: 'owner@other.example' } },
  }),
  listOrganizations: () => ({ ctx: org.support, query: pageOf() }),
  getOrganization: () => ({ ctx: org.support, params: { organizationId: org.orgId } }),
  changeLimits: () => ({
    ctx: org.support,
    params: { organizationId: org.orgId },
    body: { workspaces: 50, reason: 'A new contract' },
  }),
  grantOwner: () => ({ ctx: org.support, params: { organizationId: org.orgId, userId: admin.actor.userId } }),
  revokeOwner: () => ({
    ctx: org.support,
    params: { organizationId: org.orgId, userId: admin.actor.userId },
  }),
  listOrganizationEvents: () => ({
    ctx: org.support,
    params: { organizationId: org.orgId },
    query: pageOf(),
  }),
  removeUser: () => ({ ctx: org.owner, params: { userId: editor.actor.userId } }),
};

/** No storage, or nothing to measure without an operation that runs. */
const unmeasured = ['getOpenApi', 'getReference', 'getReferenceFile', 'getOperation'];

describe('the cost of every route', () => {
  it('has a sample for every route, so that a new one is measured', () => {
    const known = [...Object.keys(samples), ...unmeasured];

    expect(known.toSorted()).toEqual(routes.map(({ operationId }) => operationId).toSorted());
  });

  it('is what docs/capacity.md says', async () => {
    const rows: string[] = [];
    for (const [operationId, sample] of Object.entries(samples)) {
      const { calls, reads, writes, actions } = await costOf(routeOf(operationId), await sample());
      rows.push(`| \`${operationId}\` | ${calls} | ${actions || ''} | ${reads} | ${writes} |`);
    }

    for (const [name, meter] of await hundredConnections(world))
      rows.push(`| ${name} | | | ${meter.readUnits} | ${meter.writeUnits} |`);

    await expect(page(rows)).toMatchFileSnapshot('../../docs/capacity.md');
  });
});

function routeOf(operationId: string): Route {
  const route = routes.find((candidate) => candidate.operationId === operationId);
  if (!route) throw new Error(`There is no route ${operationId}.`);
  return route;
}

async function costOf(route: Route, { ctx = admin, params = {}, query = {}, body }: Sample): Promise<Costs> {
  const { table, seen } = measured(engine.anotherTable());
  const meter = newMeter();
  await route.handle({ ...ctx, table, meter }, { params, query, body, expectedVersion: undefined });
  const told = Object.entries(seen.calls).map(([command, times]) =>
    times > 1 ? `${times} × ${command}` : command,
  );
  return {
    calls: told.join(', '),
    reads: meter.readUnits,
    writes: meter.writeUnits,
    actions: seen.actions.reduce((sum, actions) => sum + actions, 0),
  };
}

function page(rows: string[]): string {
  return [
    '# What each route costs',
    '',
    'Calls, actions of the transaction, read units of 4 KB and write units of 1 KB, on an agency with 3 people, 2 workspaces and',
    '10 connections of 3 accounts, half of them copied. The chain adds one Get for who the login is; an `Idempotency-Key` adds',
    'one Get and one action. The last rows: a workspace with 100 connections, by what happens to it. Made and held by `test/integration/capacity.test.ts` (`npx vitest run --project integration -u`).',
    '',
    '| route | calls | actions | reads | writes |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
