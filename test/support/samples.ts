import { OperationId } from '../../domain/ids.ts';
import { invite } from '../../domain/invitations/invite.ts';
import { putMember } from '../../domain/members/changeMember.ts';
import { operationItem } from '../../domain/operations/operation.item.ts';
import { putItem } from '../../domain/table/client.ts';
import type { Route } from '../../functions/http/route.ts';
import { routes } from '../../functions/routes.ts';
import { type Agency, anAgency } from './agency.ts';
import {
  aConnection,
  aMember,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
  type TestWorkspace,
} from './builders.ts';
import type { TestEngine } from './engine.ts';
import { freshCopy } from './freshCopy.ts';

export type Scene = Agency & {
  /** A workspace in which admin, editor and viewer are editors, with a connection. */
  second: TestWorkspace;
  source: TestConnection;
  /** Somebody who is in the organization and not in Home. */
  spare: TestUser;
};

export type Asked = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: Record<string, unknown>;
};

/** A request to a route that is good for those who may. */
export type Sample = {
  operationId: string;
  what: string;
  /** What becomes of it for owner, admin, editor, viewer, outsider: y done, f forbidden, n not found. */
  outcome: string;
  /** Makes what the request needs and gives the request. */
  ask: (scene: Scene, caller: TestUser) => Promise<Asked> | Asked;
};

export function aScene(engine: TestEngine): Promise<Scene> {
  return freshCopy(engine, 'scene', () => builtScene(engine));
}

async function builtScene(engine: TestEngine): Promise<Scene> {
  const agency = await anAgency(engine, { limits: { workspaces: 100 } });
  const { owner, admin, editor, viewer, elsewhere } = agency;
  const members = [admin, editor, viewer].map(({ actor: { userId } }) => ({
    userId,
    role: 'editor' as const,
  }));
  const second = await aWorkspace(owner, { name: 'Second', members });
  const spare = await aMember(owner, 'spare@example.com', {
    workspaceId: elsewhere.workspaceId,
    role: 'viewer',
  });
  return { ...agency, second, source: await aConnection(owner, second.workspaceId), spare };
}

/** The route of a sample. */
export function routeNamed(operationId: string): Route {
  const route = routes.find((candidate) => candidate.operationId === operationId);
  if (!route) throw new Error(`There is no route ${operationId}.`);
  return route;
}

const inHome = ({ home }: Scene): Asked => ({ params: { workspaceId: home.workspaceId } });

async function onConnection({ owner, home }: Scene, more: Asked = {}): Promise<Asked> {
  return { params: at(await aConnection(owner, home.workspaceId)), ...more };
}

/** A workspace with the people of Home and their roles there. */
async function likeHome({ owner, home }: Scene): Promise<TestWorkspace> {
  return aWorkspace(owner, { fromWorkspaceId: home.workspaceId });
}

async function anInvitation({ owner, home }: Scene): Promise<Asked> {
  const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
  const { items } = await invite(owner, { invitations: [{ email: freshEmail(owner), grants }] });
  return { params: { invitationId: items[0]?.invitationId ?? '' } };
}

function freshEmail({ newId }: TestUser): string {
  return `${newId('usr')}@example.com`;
}

async function anOperation({ owner, home, orgId, world }: Scene): Promise<Asked> {
  const operationId = OperationId.parse(owner.newId('opr'));
  const { userId, login, email } = owner.actor;
  await putItem(
    owner,
    operationItem({
      orgId,
      operationId,
      kind: 'workspace.update',
      workspaceId: home.workspaceId,
      actor: { userId, login, email },
      state: 'completed',
      total: 0,
      done: 0,
      skippedCount: 0,
      stepSize: 1,
      attempts: 0,
      createdAt: world.clock.now().toISOString(),
      movedAt: world.clock.now().toISOString(),
      version: 1,
    }),
  );
  return { params: { operationId } };
}

/** Every route for people of an organization, at least once; the letters are the table of api.md, "Roles". */
export const samples: readonly Sample[] = [
  { operationId: 'getMe', what: '', outcome: 'yyyyy', ask: () => ({}) },
  { operationId: 'listRoles', what: '', outcome: 'yyyyy', ask: () => ({}) },
  {
    operationId: 'listRoles',
    what: 'of a workspace',
    outcome: 'yyyyn',
    ask: ({ home }) => ({ query: { workspaceId: home.workspaceId } }),
  },
  { operationId: 'listWorkspaces', what: '', outcome: 'yyyyy', ask: () => ({}) },
  { operationId: 'draftWorkspace', what: '', outcome: 'yyyyy', ask: () => ({}) },
  {
    operationId: 'createWorkspace',
    what: '',
    outcome: 'yyfff',
    ask: ({ home }) => ({ body: { name: 'New', fromWorkspaceId: home.workspaceId } }),
  },
  { operationId: 'getWorkspace', what: '', outcome: 'yyyyn', ask: inHome },
  {
    operationId: 'updateWorkspace',
    what: 'its name',
    outcome: 'yyffn',
    ask: (scene, { newId }) => ({ ...inHome(scene), body: { name: `Name ${newId('evt')}` } }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'its people',
    outcome: 'yyffn',
    ask: async (scene) => ({
      params: { workspaceId: (await likeHome(scene)).workspaceId },
      body: { members: { set: [{ userId: scene.spare.actor.userId, role: 'viewer' }] } },
    }),
  },
  {
    operationId: 'updateWorkspace',
    what: 'its connections alone',
    outcome: 'yyyfn',
    ask: async (scene) => {
      const { workspaceId } = await likeHome(scene);
      return { params: { workspaceId }, body: { connections: { add: [at(scene.source)] } } };
    },
  },
  {
    operationId: 'deleteWorkspace',
    what: '',
    outcome: 'yyffn',
    ask: async (scene) => ({ params: { workspaceId: (await likeHome(scene)).workspaceId } }),
  },
  { operationId: 'listMembers', what: '', outcome: 'yyyyn', ask: inHome },
  {
    operationId: 'listMembers',
    what: 'with invitations',
    outcome: 'yyffn',
    ask: (scene) => ({ ...inHome(scene), query: { include: 'invitations' } }),
  },
  {
    operationId: 'putMember',
    what: 'somebody new',
    outcome: 'yyffn',
    ask: async (scene) => {
      const { workspaceId } = await likeHome(scene);
      return { params: { workspaceId, userId: scene.spare.actor.userId }, body: { role: 'viewer' } };
    },
  },
  {
    operationId: 'putMember',
    what: 'another role',
    outcome: 'yyffn',
    ask: async (scene) => {
      const { workspaceId } = await likeHome(scene);
      return { params: { workspaceId, userId: scene.viewer.actor.userId }, body: { role: 'editor' } };
    },
  },
  {
    operationId: 'removeMember',
    what: 'somebody else',
    outcome: 'yyffn',
    ask: async (scene) => {
      const { workspaceId } = await likeHome(scene);
      const { userId } = scene.spare.actor;
      await putMember(scene.owner, { workspaceId, userId }, 'viewer');
      return { params: { workspaceId, userId } };
    },
  },
  {
    operationId: 'removeMember',
    what: 'themselves',
    outcome: 'yyyyn',
    ask: async (scene, { actor }) => ({
      params: { workspaceId: (await likeHome(scene)).workspaceId, userId: actor.userId },
    }),
  },
  { operationId: 'listUsers', what: '', outcome: 'yyfff', ask: () => ({}) },
  {
    operationId: 'getUser',
    what: '',
    outcome: 'yyfff',
    ask: ({ spare }) => ({ params: { userId: spare.actor.userId } }),
  },
  {
    operationId: 'listUserWorkspaces',
    what: '',
    outcome: 'yyfff',
    ask: ({ spare }) => ({ params: { userId: spare.actor.userId } }),
  },
  {
    operationId: 'listUserWorkspaces',
    what: 'of themselves',
    outcome: 'yyyyy',
    ask: (_, { actor }) => ({ params: { userId: actor.userId } }),
  },
  {
    operationId: 'removeUser',
    what: '',
    outcome: 'yffff',
    ask: async ({ owner, elsewhere }) => {
      const grant = { workspaceId: elsewhere.workspaceId, role: 'viewer' as const };
      return { params: { userId: (await aMember(owner, freshEmail(owner), grant)).actor.userId } };
    },
  },
  {
    operationId: 'createInvitations',
    what: '',
    outcome: 'yyffn',
    ask: ({ home, owner }) => ({
      body: {
        invitations: [
          { email: freshEmail(owner), grants: [{ workspaceId: home.workspaceId, role: 'viewer' }] },
        ],
      },
    }),
  },
  {
    operationId: 'createInvitations',
    what: 'of somebody who is added at once',
    outcome: 'yyffn',
    ask: async (scene) => {
      const { workspaceId } = await likeHome(scene);
      const grants = [{ workspaceId, role: 'viewer' }];
      return { body: { invitations: [{ email: scene.spare.actor.email, grants }] } };
    },
  },
  { operationId: 'listInvitations', what: '', outcome: 'yyfff', ask: () => ({}) },
  {
    operationId: 'listInvitations',
    what: 'to a workspace',
    outcome: 'yyffn',
    ask: ({ home }) => ({ query: { workspaceId: home.workspaceId } }),
  },
  { operationId: 'resendInvitation', what: '', outcome: 'yyffn', ask: anInvitation },
  { operationId: 'revokeInvitation', what: '', outcome: 'yyffn', ask: anInvitation },
  { operationId: 'listEvents', what: '', outcome: 'yyfff', ask: () => ({}) },
  {
    operationId: 'listEvents',
    what: 'of a workspace',
    outcome: 'yyffn',
    ask: ({ home }) => ({ query: { workspaceId: home.workspaceId } }),
  },
  { operationId: 'listConnectionEvents', what: '', outcome: 'yyffn', ask: (scene) => onConnection(scene) },
  { operationId: 'getOperation', what: '', outcome: 'yyyyn', ask: anOperation },
  { operationId: 'listConnections', what: '', outcome: 'yyyyn', ask: inHome },
  {
    operationId: 'createConnection',
    what: '',
    outcome: 'yyyfn',
    ask: (scene) => ({
      ...inHome(scene),
      body: { dataSource: 'x', businessAccount: { id: 'b', name: 'B' }, credentials: {} },
    }),
  },
  {
    operationId: 'copyConnections',
    what: 'in',
    outcome: 'yyyfn',
    ask: async (scene) => {
      const { workspaceId } = await likeHome(scene);
      return { params: { workspaceId }, body: { connections: [at(scene.source)] } };
    },
  },
  {
    operationId: 'copyConnections',
    what: 'out',
    outcome: 'yyyfn',
    ask: async ({ owner, home, second }) => ({
      params: { workspaceId: second.workspaceId },
      body: { connections: [at(await aConnection(owner, home.workspaceId))] },
    }),
  },
  { operationId: 'getConnection', what: '', outcome: 'yyyyn', ask: (scene) => onConnection(scene) },
  {
    operationId: 'updateConnection',
    what: '',
    outcome: 'yyyfn',
    ask: (scene) => onConnection(scene, { body: { name: 'Renamed', accountIds: ['a1'] } }),
  },
  { operationId: 'listAccounts', what: '', outcome: 'yyyyn', ask: (scene) => onConnection(scene) },
  {
    operationId: 'reconnectConnection',
    what: '',
    outcome: 'yyyfn',
    ask: (scene) => onConnection(scene, { body: { credentials: { refreshToken: 'secret-2' } } }),
  },
  { operationId: 'listLineage', what: '', outcome: 'yyyyn', ask: (scene) => onConnection(scene) },
  { operationId: 'deleteConnection', what: '', outcome: 'yyyfn', ask: (scene) => onConnection(scene) },
  { operationId: 'searchAccounts', what: '', outcome: 'yyyyy', ask: () => ({}) },
];
