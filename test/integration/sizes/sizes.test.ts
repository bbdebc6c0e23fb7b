import { beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../../domain/context.ts';
import { DomainError } from '../../../domain/errors.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { problemOf } from '../../../functions/http/problem.ts';
import type { Route } from '../../../functions/http/route.ts';
import { routes } from '../../../functions/routes.ts';
import { aConnection, aPerson, at, aWorkspace, someAccounts, tokenOf } from '../../support/builders.ts';
import { aContext, withKey } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { longAccounts, longText } from '../../support/heavy.ts';
import { perform } from '../../support/perform.ts';
import { type Asked, routeNamed } from '../../support/samples.ts';
import { type Weighed, weighing } from '../../support/weighed.ts';
import { aHeavyScene, type Heavy } from './scene.ts';

const most = { answer: 1_000_000, item: 350 * 1024, transaction: 3.5 * 1024 * 1024 };
/** A worker gets all account ids of a connection at once: no more than the request of 5 MB that brought them. */
const mostCredentials = 5 * 1024 * 1024;

let engine: TestEngine;
let s: Heavy;

beforeAll(async () => {
  engine = await anEngine();
  s = await aHeavyScene(engine);
}, 300_000);

type Worst = Asked & { ctx?: Context };

const page = { limit: '100' };
const nobody = (n: number) => `usr_nobody${n}`;
const inAgency = () => ({ params: { workspaceId: s.agency } });
const ofTemplate = () => ({ params: at(s.template) });
const ofOrganization = () => ({ ctx: s.support, params: { organizationId: s.orgId } });
const ofService = () => ({ ctx: s.service, params: { organizationId: s.orgId, ...at(s.template) } });
const somebody = () => s.people[0]?.actor.userId ?? '';

/** The heaviest requests that we could think of, for every route; refusals among them. */
const worst: Record<string, (() => Worst | Promise<Worst>)[]> = {
  getHealth: [() => ({})],
  getMe: [() => ({}), () => ({ ctx: s.people[0] as Context })],
  listRoles: [() => ({ query: { workspaceId: s.agency } })],
  listWorkspaces: [() => ({ query: page })],
  draftWorkspace: [() => ({ query: { fromWorkspaceId: s.agency } })],
  getWorkspace: [inAgency],
  listMembers: [() => ({ ...inAgency(), query: { ...page, include: 'invitations' } })],
  listUsers: [() => ({ query: page }), () => ({ ctx: s.people[0] as Context, query: page })],
  getUser: [() => ({ params: { userId: somebody() } })],
  listConnections: [() => ({ ...inAgency(), query: page })],
  getConnection: [ofTemplate],
  listAccounts: [() => ({ ...ofTemplate(), query: page })],
  listLineage: [() => ({ ...ofTemplate(), query: page })],
  searchAccounts: [() => ({ query: page })],
  listEvents: [
    () => ({ query: page }),
    () => ({ query: { ...page, workspaceId: s.agency } }),
    () => ({ query: { ...page, type: 'connection.updated' } }),
  ],
  listConnectionEvents: [() => ({ ...ofTemplate(), query: page })],
  listUserWorkspaces: [() => ({ params: { userId: somebody() }, query: page })],
  previewInvitation: [
    async () => ({
      ctx: aContext(s.world, { kind: 'anyone' }),
      body: { token: (await aFreshInvitation('preview')).token },
    }),
  ],
  getOperation: [() => ({ params: { operationId: s.operationId } })],
  listInvitations: [() => ({ query: page })],
  createWorkspace: [
    () => ({ body: { name: longText(100, 7), copyAllConnectionsFrom: [s.agency, ...s.workspaces] } }),
    () => ({ body: { name: 'x', members: nobodies() } }),
    () => ({ body: { name: 'x', members: [...nobodies(5_000), ...nobodies(5_000)] } }),
  ],
  updateWorkspace: [
    () => ({
      params: { workspaceId: s.workspaces[0] ?? '' },
      body: {
        connections: { accounts: [{ connectionId: s.copies[0]?.connectionId, accountIds: unknownIds() }] },
      },
    }),
    () => ({ ...inAgency(), body: { members: { set: nobodies() } } }),
    () => ({ ...inAgency(), body: { members: { remove: nobodies().map(({ userId }) => userId) } } }),
  ],
  deleteWorkspace: [inAgency],
  putMember: [() => ({ params: { workspaceId: s.agency, userId: nobody(1) }, body: { role: 'viewer' } })],
  removeMember: [() => ({ params: { workspaceId: s.agency, userId: nobody(1) } })],
  removeUser: [() => ({ params: { userId: s.owner.actor.userId } })],
  createInvitations: [
    () => ({
      body: {
        invitations: Array.from({ length: 50 }, (_, n) => ({
          email: `${'n'.repeat(180)}${n}@example.com`,
          grants: s.workspaces.slice(0, 20).map((workspaceId) => ({ workspaceId, role: 'viewer' })),
        })),
      },
    }),
  ],
  resendInvitation: [
    async () => ({ params: { invitationId: (await aFreshInvitation('resend')).invitationId } }),
  ],
  revokeInvitation: [
    async () => ({ params: { invitationId: (await aFreshInvitation('revoke')).invitationId } }),
  ],
  acceptInvitation: [
    async () => ({
      ctx: aPerson(s.world, 'accept@example.com'),
      body: { token: (await aFreshInvitation('accept')).token },
    }),
  ],
  createConnection: [
    () => ({
      ...inAgency(),
      body: {
        dataSource: longText(100, 8),
        businessAccount: { id: longText(128, 8), name: longText(256, 8) },
        credentials: { secret: 'x'.repeat(16_000) },
        accounts: longAccounts(3_300, 8),
      },
    }),
  ],
  copyConnections: [
    async () => ({
      params: { workspaceId: (await aWorkspace(s.owner)).workspaceId },
      body: { allFrom: [s.agency] },
    }),
    async () => ({
      params: { workspaceId: (await aWorkspace(s.owner)).workspaceId },
      body: {
        connections: [{ ...at(s.template), accountIds: unknownIds() }],
      },
    }),
  ],
  getCredentials: [ofService],
  updateConnection: [
    () => ({ ...ofTemplate(), body: { accountIds: unknownIds() } }),
    () => ({ ...ofTemplate(), body: { accountIds: longAccounts(3_000, 1).map(({ id }) => id) } }),
  ],
  reconnectConnection: [
    () => ({ ...ofTemplate(), body: { credentials: {}, accounts: longAccounts(3_300, 9) } }),
    () => ({
      ...ofTemplate(),
      body: { credentials: {}, accounts: longAccounts(3_300, 9), acceptAccountLoss: true },
    }),
  ],
  deleteConnection: [
    ofTemplate,
    async () => ({ params: at(await aConnection(s.owner, s.agency, { accounts: someAccounts('a') })) }),
  ],
  createOrganization: [
    () => ({ ctx: s.support, body: { name: longText(100, 9), owner: { email: 'o@x.example' } } }),
  ],
  listOrganizations: [() => ({ ctx: s.support, query: page })],
  getOrganization: [ofOrganization],
  changeLimits: [() => ({ ...ofOrganization(), body: { workspaces: 1_001, reason: longText(1_000, 1) } })],
  grantOwner: [() => ({ ctx: s.support, params: { organizationId: s.orgId, userId: somebody() } })],
  revokeOwner: [() => ({ ctx: s.support, params: { organizationId: s.orgId, userId: somebody() } })],
  listOrganizationEvents: [() => ({ ...ofOrganization(), query: page })],
  reportAuthorization: [
    () => ({
      ...ofService(),
      body: {
        authorizationVersion: 2,
        status: 'error',
        error: { code: longText(128, 10), message: '\u0001'.repeat(1_024) },
      },
    }),
  ],
  reportAccounts: [
    () => ({ ...ofService(), body: { authorizationVersion: 2, accounts: longAccounts(3_300, 11) } }),
  ],
};

/** These don't touch storage; the documents have a size of their own, which no data changes. */
const apart = ['getOpenApi', 'getReference', 'getReferenceFile'];

function nobodies(count = 10_000) {
  return Array.from({ length: count }, (_, n) => ({ userId: nobody(n), role: 'viewer' }));
}

function unknownIds(): string[] {
  return Array.from({ length: 10_000 }, (_, n) => longText(128, n + 1_000_000));
}

async function aFreshInvitation(name: string) {
  const grants = [{ workspaceId: s.agency, role: 'viewer' as const }];
  const { items } = await invite(s.owner, { invitations: [{ email: `${name}@example.com`, grants }] });
  const invitationId = items[0]?.invitationId ?? '';
  return { invitationId, token: await tokenOf(s.owner, s.orgId, invitationId) };
}

describe('with the longest of everything that the API takes', () => {
  it('every route is asked', () => {
    expect([...Object.keys(worst), ...apart].toSorted()).toEqual(
      routes.map(({ operationId }) => operationId).toSorted(),
    );
  });

  it('no answer passes 1 MB, no item 350 KB and no transaction 3.5 MB', async () => {
    const over: string[] = [];
    for (const [operationId, asked] of Object.entries(worst))
      for (const [n, ask] of asked.entries()) {
        const name = `${operationId} ${n}`;
        const weighed = await weigh(routeNamed(operationId), await ask(), name).catch(String);
        over.push(...(typeof weighed === 'string' ? [`${name}: ${weighed}`] : tooMuch(name, weighed)));
      }

    expect(over).toEqual([]);
  }, 300_000);
});

function tooMuch(name: string, { answer, item, at: key, transaction }: Weighed & { answer: number }) {
  return [
    ...(answer > (name.startsWith('getCredentials') ? mostCredentials : most.answer)
      ? [`${name}: an answer of ${answer} bytes`]
      : []),
    ...(item > most.item ? [`${name}: an item of ${item} bytes at ${key}`] : []),
    ...(transaction > most.transaction ? [`${name}: a transaction of ${transaction} bytes`] : []),
  ];
}

async function weigh(
  route: Route,
  { ctx = s.owner, ...asked }: Worst,
  key: string,
): Promise<Weighed & { answer: number }> {
  const { table, seen } = weighing(engine.anotherTable());
  const keyed = route.method === 'GET' ? ctx : withKey(ctx as typeof s.owner, key);
  try {
    const { body } = await perform({ ...keyed, table }, route, asked);
    return { ...seen, answer: sizeOf(body) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { ...seen, answer: sizeOf(problemOf(error, 'request')) };
  }
}

function sizeOf(body: unknown): number {
  return body === undefined ? 0 : Buffer.byteLength(JSON.stringify(body));
}
