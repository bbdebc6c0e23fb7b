import type { routes } from '../../functions/routes.ts';
import { anotherWorkspace, type Ids, type Place } from './place.ts';
import type { Invited } from './shapes.ts';
import { aConnection, aPerson, original } from './world.ts';

type Route = (typeof routes)[number];

/** A request that a route grants to whoever has the right: its path is filled with ids, the rest stands here. */
export type Sample = {
  /** Fresh things, where the request changes something for good. */
  prepare?: (place: Place) => Promise<Partial<Ids>>;
  query?: (ids: Ids) => Record<string, string>;
  body?: (ids: Ids, place: Pick<Place, 'stage' | 'invitationToken'>) => unknown;
};

export type Request = { method: string; path: string; body?: unknown };

export function requestOf(
  { method, path }: Pick<Route, 'method' | 'path'>,
  sample: Sample,
  ids: Ids,
  place: Pick<Place, 'stage' | 'invitationToken'>,
): Request {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: keyof Ids) => ids[name]);
  const query = sample.query ? `?${new URLSearchParams(sample.query(ids))}` : '';
  return { method, path: `${filled}${query}`, ...(sample.body && { body: sample.body(ids, place) }) };
}

const freshWorkspace: Sample['prepare'] = async (place) => ({
  workspaceId: (await anotherWorkspace(place)).workspaceId,
});
const freshConnection: Sample['prepare'] = async ({ stage, owner, ids }) => ({
  connectionId: (await aConnection(stage, owner, ids.workspaceId)).connectionId,
});
const freshInvitation: Sample['prepare'] = async ({ stage, owner, ids: { workspaceId } }) => {
  const invitations = [{ email: stage.email('fresh'), grants: [{ workspaceId, role: 'viewer' }] }];
  const { items } = await owner.make<Invited>('/v1/invitations', { invitations });
  return { invitationId: items[0]?.invitationId ?? '' };
};
const freshPerson: Sample['prepare'] = async ({ stage, owner, ids }) => ({
  userId: (await aPerson(stage, owner, { [ids.workspaceId]: 'viewer' })).userId,
});
const inWorkspace = ({ workspaceId }: Ids) => ({ workspaceId });

/** One request for every route, by operation id. */
export const samples: Record<string, Sample> = {
  getHealth: {},
  getOpenApi: {},
  getReference: {},
  getReferenceFile: {},
  previewInvitation: { body: (_, { invitationToken }) => ({ token: invitationToken }) },

  getMe: {},
  listRoles: { query: inWorkspace },
  listWorkspaces: {},
  draftWorkspace: { query: ({ workspaceId }) => ({ fromWorkspaceId: workspaceId }) },
  createWorkspace: { body: ({ workspaceId }) => ({ name: 'New', fromWorkspaceId: workspaceId }) },
  getWorkspace: {},
  updateWorkspace: { body: () => ({ name: 'Here' }) },
  deleteWorkspace: { prepare: freshWorkspace },

  listMembers: {},
  putMember: { body: () => ({ role: 'editor' }) },
  removeMember: {
    async prepare({ owner, ids: { workspaceId, userId } }) {
      await owner.put(`/v1/workspaces/${workspaceId}/members/${userId}`, { role: 'viewer' });
      return {};
    },
  },
  listUsers: {},
  getUser: {},
  listUserWorkspaces: {},
  removeUser: { prepare: freshPerson },

  createInvitations: {
    body: ({ workspaceId }, { stage }) => ({
      invitations: [{ email: stage.email('guest'), grants: [{ workspaceId, role: 'viewer' }] }],
    }),
  },
  listInvitations: { query: inWorkspace },
  resendInvitation: { prepare: freshInvitation },
  revokeInvitation: { prepare: freshInvitation },
  acceptInvitation: { body: (_, { invitationToken }) => ({ token: invitationToken }) },

  listConnections: {},
  createConnection: { body: (_, { stage }) => original(stage) },
  copyConnections: {
    prepare: freshWorkspace,
    body: ({ sourceWorkspaceId, sourceConnectionId }) => ({
      connections: [{ workspaceId: sourceWorkspaceId, connectionId: sourceConnectionId }],
    }),
  },
  getConnection: {},
  updateConnection: { body: () => ({ name: 'Renamed' }) },
  listAccounts: {},
  reconnectConnection: { body: (_, { stage }) => ({ credentials: { refreshToken: stage.canary } }) },
  listLineage: {},
  deleteConnection: { prepare: freshConnection },
  searchAccounts: { query: ({ workspaceId }) => ({ notInWorkspaceId: workspaceId }) },

  getOperation: {},
  listEvents: { query: inWorkspace },
  listConnectionEvents: {},

  createOrganization: {
    body: (_, { stage }) => ({ name: 'New', owner: { email: stage.email('new owner') } }),
  },
  listOrganizations: {},
  getOrganization: {},
  changeLimits: { body: () => ({ workspaces: 10_000, reason: 'A sample' }) },
  grantOwner: { prepare: freshPerson },
  revokeOwner: {
    async prepare(place) {
      const ids = { ...place.ids, ...(await freshPerson(place)) };
      await place.stage
        .support()
        .put(`/v1/admin/organizations/${ids.organizationId}/owners/${ids.userId}`, undefined);
      return ids;
    },
  },
  listOrganizationEvents: {},

  getCredentials: {},
  reportAuthorization: {
    prepare: freshConnection,
    body: () => ({ authorizationVersion: 1, status: 'active' }),
  },
  reportAccounts: { prepare: freshConnection, body: () => ({ authorizationVersion: 1, accounts: [] }) },
};

/** Requests that differ in what they need, by operation id and what is special. */
export const variants: Record<string, Sample> = {
  'updateWorkspace, connections alone': {
    body: ({ connectionId }) => ({ connections: { accounts: [{ connectionId, accountIds: 'all' }] } }),
  },
  'updateWorkspace, connections and name': {
    body: ({ connectionId }) => ({
      name: 'Here',
      connections: { accounts: [{ connectionId, accountIds: 'all' }] },
    }),
  },
  'listMembers, with invitations': { query: () => ({ include: 'invitations' }) },
  'listUsers, not in the workspace': { query: ({ workspaceId }) => ({ notInWorkspaceId: workspaceId }) },
  'createWorkspace, with copies': {
    body: ({ sourceWorkspaceId, sourceConnectionId }) => ({
      name: 'New',
      connections: [{ workspaceId: sourceWorkspaceId, connectionId: sourceConnectionId }],
    }),
  },
  'createWorkspace, copying all': {
    body: ({ sourceWorkspaceId }) => ({ name: 'New', copyAllConnectionsFrom: [sourceWorkspaceId] }),
  },
  'listEvents, of everything': {},
  'listEvents, of a connection': { query: ({ connectionId }) => ({ connectionId }) },
  'listInvitations, of everything': {},
};
