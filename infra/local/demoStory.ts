import { type Agency, type Copied, foundAgency } from './demoAgency.ts';
import { ada, type Connection, extractor, type Page, support, vera, type Workspace } from './demoPlayers.ts';
import type { Stage } from './demoStage.ts';

const limitSentence =
  'Please reach out to your Customer Success Manager or our Support Team to increase the workspaces limit.';

type Clients = { client: Workspace; brand: Workspace; copied: Copied; deepest: Copied };

/** The seed's story: an agency, its sub-client, copies of copies, the limit, and the way back. */
export async function playStory(stage: Stage): Promise<void> {
  const agency = await foundAgency(stage);
  const clients = await createForClients(stage, agency);
  await reconnect(stage, agency, clients);
  await refuseParent(stage, agency);
  await raiseLimit(stage, agency);
  await deleteFromLeaves(stage, agency, clients);
  await updateWorkspace(stage, clients);
}

async function createForClients(stage: Stage, { agencyId, google, facebook }: Agency): Promise<Clients> {
  stage.step('An admin opens the creation screen', 'Members of the current workspace are pre-selected.');
  const { members } = await stage.call<{ members: { userId: string; email: string; role: string }[] }>(
    { by: ada, method: 'GET', path: `/v1/workspaces/draft?fromWorkspaceId=${agencyId}` },
    { status: 200, body: { canCreate: true, limit: { workspaces: { used: 1, limit: 3 } } } },
  );
  await stage.call(
    { by: ada, method: 'GET', path: '/v1/accounts?search=shoes' },
    {
      status: 200,
      body: { items: [{ name: 'Blue Shoes' }, { name: 'Blue Shoes EU' }, { name: 'Shoes on Facebook' }] },
    },
  );

  stage.step(
    'She creates a workspace for a sub-client',
    'With people and copies, each with its selected accounts.',
  );
  const client = await stage.call<Workspace>(
    {
      by: ada,
      method: 'POST',
      path: '/v1/workspaces',
      body: {
        name: 'Blue Shoes',
        members: members
          .filter(({ email }) => email !== vera.login.email)
          .map(({ userId, role }) => ({ userId, role })),
        connections: [
          { workspaceId: agencyId, connectionId: google.connectionId, accountIds: ['111', '222'] },
          { workspaceId: agencyId, connectionId: facebook.connectionId, accountIds: ['act_1'] },
        ],
      },
    },
    { status: 201, body: { memberCount: 3, connectionCount: 2 } },
  );

  stage.step('A copy of a copy', 'The client’s European brand gets everything that the client has.');
  const brand = await stage.call<Workspace>(
    {
      by: ada,
      method: 'POST',
      path: '/v1/workspaces',
      body: { name: 'Blue Shoes EU', members: [], copyAllConnectionsFrom: [client.workspaceId] },
    },
    { status: 201, body: { memberCount: 1, connectionCount: 2 } },
  );
  const copied = await copiesIn(stage, client);
  const deepest = await copiesIn(stage, brand);
  return { client, brand, copied, deepest };
}

async function copiesIn(stage: Stage, { workspaceId }: Workspace): Promise<Copied> {
  const of = async (dataSource: string): Promise<Connection> => {
    const { items } = await stage.call<Page<Connection>>(
      { by: ada, method: 'GET', path: `/v1/workspaces/${workspaceId}/connections?dataSource=${dataSource}` },
      { status: 200, body: { items: [{ lineage: { kind: 'copy' } }] } },
    );
    const [connection] = items;
    if (!connection) throw new Error(`There is no ${dataSource} in the workspace.`);
    return connection;
  };
  return { google: await of('google-ads'), facebook: await of('facebook-ads') };
}

const pathOf = ({ workspaceId, connectionId }: Connection) =>
  `/v1/workspaces/${workspaceId}/connections/${connectionId}`;

async function reconnect(
  stage: Stage,
  { organizationId, google }: Agency,
  { copied, deepest }: Clients,
): Promise<void> {
  stage.step('An authorization fails', 'A service reports it on one copy; the whole lineage shows it.');
  await stage.call(
    {
      by: extractor,
      method: 'PUT',
      path: `/v1/service/organizations/${organizationId}${pathOf(copied.google).replace('/v1', '')}/authorization`,
      body: {
        authorizationVersion: 1,
        status: 'error',
        error: { code: 'token_revoked', message: 'Revoked by Google' },
      },
    },
    { status: 200, body: { status: 'error' } },
  );
  await showLineage(stage, [google, copied.google, deepest.google], {
    status: 'error',
    authorizationVersion: 1,
  });

  stage.step(
    'Reconnected through the deepest copy',
    'All connections of the same original source are reconnected as well.',
  );
  await stage.call(
    {
      by: ada,
      method: 'POST',
      path: `${pathOf(deepest.google)}/reconnect`,
      body: { credentials: { refreshToken: 'second' } },
    },
    { status: 200, body: { reconnected: 3, connection: { status: 'active' } } },
  );
  await showLineage(stage, [google, copied.google, deepest.google], {
    status: 'active',
    authorizationVersion: 2,
  });
}

async function showLineage(
  stage: Stage,
  lineage: Connection[],
  body: Record<string, unknown>,
): Promise<void> {
  for (const connection of lineage)
    await stage.call({ by: ada, method: 'GET', path: pathOf(connection) }, { status: 200, body });
}

async function refuseParent(stage: Stage, { google }: Agency): Promise<void> {
  stage.step('A parent with copies cannot be deleted', 'The refusal lists the copies; nothing is changed.');
  await stage.call(
    { by: ada, method: 'DELETE', path: pathOf(google) },
    {
      status: 409,
      body: {
        code: 'connection_has_copies',
        copies: { total: 1, hidden: 0, items: [{ workspaceName: 'Blue Shoes' }] },
      },
    },
  );
}

async function raiseLimit(stage: Stage, { organizationId, agencyId }: Agency): Promise<void> {
  stage.step(
    'The limit of workspaces is reached',
    'With the very sentence of the documentation, also in the draft.',
  );
  const creation = { by: ada, method: 'POST', path: '/v1/workspaces', body: { name: 'Red Hats' } } as const;
  const refusal = { code: 'workspace_limit_reached', detail: limitSentence };
  await stage.call(creation, { status: 409, body: refusal });
  await stage.call(
    { by: ada, method: 'GET', path: `/v1/workspaces/draft?fromWorkspaceId=${agencyId}` },
    { status: 200, body: { canCreate: false, problem: refusal } },
  );

  stage.step(
    'Support raises it, with a reason',
    'The event keeps the reason and the values before and after.',
  );
  const path = `/v1/admin/organizations/${organizationId}`;
  const reason = 'Ticket 4711: three new clients';
  await stage.call(
    { by: support, method: 'PATCH', path: `${path}/limits`, body: { workspaces: 6, reason } },
    { status: 200, body: { limits: { workspaces: 6 }, usage: { workspaces: 3 } } },
  );
  await stage.call(
    { by: support, method: 'GET', path: `${path}/events?type=limits.changed` },
    {
      status: 200,
      body: { items: [{ details: { reason, before: { workspaces: 3 }, after: { workspaces: 6 } } }] },
    },
  );
  await stage.call(creation, { status: 201, body: { name: 'Red Hats', status: 'active' } });
}

async function deleteFromLeaves(
  stage: Stage,
  { google }: Agency,
  { copied, deepest }: Clients,
): Promise<void> {
  stage.step('Deleted from the leaves up', 'Once its copies are gone, a parent can go.');
  for (const connection of [deepest.google, copied.google, google]) {
    await stage.call({ by: ada, method: 'DELETE', path: pathOf(connection) }, { status: 204 });
  }
  await stage.call(
    { by: ada, method: 'GET', path: pathOf(google) },
    { status: 404, body: { code: 'not_found' } },
  );
}

async function updateWorkspace(stage: Stage, { client, copied }: Clients): Promise<void> {
  stage.step('One “Update workspace”', 'Name, people and accounts, applied as one.');
  const { items } = await stage.call<Page<{ userId: string }>>(
    { by: ada, method: 'GET', path: `/v1/users?search=vera&notInWorkspaceId=${client.workspaceId}` },
    { status: 200, body: { items: [{ name: 'Vera' }] } },
  );
  const path = `/v1/workspaces/${client.workspaceId}`;
  await stage.call(
    {
      by: ada,
      method: 'PATCH',
      path,
      body: {
        name: 'Blue Shoes International',
        members: { set: items.map(({ userId }) => ({ userId, role: 'editor' })) },
        connections: {
          accounts: [{ connectionId: copied.facebook.connectionId, accountIds: ['act_1', 'act_2'] }],
        },
      },
    },
    { status: 200, body: { name: 'Blue Shoes International', memberCount: 4, connectionCount: 1 } },
  );
  await stage.call(
    { by: ada, method: 'GET', path: `${path}/members` },
    { status: 200, body: { items: [{ name: 'Vera', role: 'editor' }] } },
  );
  await stage.call(
    { by: ada, method: 'GET', path: `${pathOf(copied.facebook)}/accounts` },
    {
      status: 200,
      body: {
        items: [
          { accountId: 'act_1', selected: true },
          { accountId: 'act_2', selected: true },
        ],
      },
    },
  );
}
