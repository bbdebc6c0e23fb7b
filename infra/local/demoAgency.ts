import { ada, type Connection, ed, olivia, support, vera, type Workspace } from './demoPlayers.ts';
import type { Player, Stage } from './demoStage.ts';

export type Copied = { google: Connection; facebook: Connection };

/** What the first steps leave for the next ones. */
export type Agency = { organizationId: string; agencyId: string; google: Connection; facebook: Connection };

/** An organization with its owner, people and data sources in one workspace. */
export async function foundAgency(stage: Stage): Promise<Agency> {
  stage.step('Support creates an agency’s organization', 'Its first owner gets an invitation by mail.');
  const { organization } = await stage.call<{ organization: { organizationId: string } }>(
    {
      by: support,
      method: 'POST',
      path: '/v1/admin/organizations',
      body: { name: 'Northwind Agency', owner: { email: olivia.login.email }, limits: { workspaces: 3 } },
    },
    { status: 201, body: { invitation: { email: olivia.login.email } } },
  );
  stage.step('The owner accepts by the token of the mail', 'From then on her tokens name the organization.');
  await accept(stage, olivia, { organizationRole: 'owner' });
  await stage.call(
    { by: olivia, method: 'GET', path: '/v1/me' },
    { status: 200, body: { organizationRole: 'owner', canCreateWorkspaces: true } },
  );

  stage.step('She creates the workspace “Agency”', 'Who creates a workspace is an admin of it.');
  const { workspaceId: agencyId } = await stage.call<Workspace>(
    {
      by: olivia,
      method: 'POST',
      path: '/v1/workspaces',
      body: { name: 'Agency', description: 'All our accounts' },
    },
    { status: 201, body: { status: 'active', memberCount: 1 } },
  );
  await invitePeople(stage, agencyId);
  const { google, facebook } = await connect(stage, agencyId);
  return { organizationId: organization.organizationId, agencyId, google, facebook };
}

async function invitePeople(stage: Stage, workspaceId: string): Promise<void> {
  stage.step('People are invited and accept', 'One request for all; the link is valid for 48 hours.');
  const roles = [
    [ada, 'admin'],
    [ed, 'editor'],
    [vera, 'viewer'],
  ] as const;
  const invitations = roles.map(([{ login }, role]) => ({
    email: login.email,
    grants: [{ workspaceId, role }],
  }));
  await stage.call(
    { by: olivia, method: 'POST', path: '/v1/invitations', body: { invitations } },
    { status: 201, body: { items: roles.map(([{ login }]) => ({ email: login.email, status: 'invited' })) } },
  );
  for (const [player, role] of roles)
    await accept(stage, player, { workspaces: [{ workspaceId, role }], dropped: [] });
}

async function accept(stage: Stage, by: Player, body: Record<string, unknown>): Promise<void> {
  const token = await stage.mailedToken(by);
  await stage.call(
    { by, method: 'POST', path: '/v1/invitations/accept', body: { token } },
    { status: 200, body },
  );
}

async function connect(stage: Stage, workspaceId: string): Promise<Copied> {
  stage.step('Data sources are connected', 'Credentials are stored encrypted and never shown again.');
  const path = `/v1/workspaces/${workspaceId}/connections`;
  const google = await stage.call<Connection>(
    {
      by: ed,
      method: 'POST',
      path,
      body: {
        dataSource: 'google-ads',
        name: 'Google Ads',
        businessAccount: { id: '123-456-7890', name: 'Northwind' },
        credentials: { refreshToken: 'first' },
        accounts: [
          { id: '111', name: 'Blue Shoes' },
          { id: '222', name: 'Blue Shoes EU' },
          { id: '333', name: 'Red Hats' },
        ],
      },
    },
    {
      status: 201,
      body: { accounts: { mode: 'all', total: 3, selected: 3 }, lineage: { kind: 'original', copies: 0 } },
    },
  );
  const facebook = await stage.call<Connection>(
    {
      by: ed,
      method: 'POST',
      path,
      body: {
        dataSource: 'facebook-ads',
        name: 'Facebook Ads',
        businessAccount: { id: '987', name: 'Northwind' },
        credentials: { accessToken: 'first' },
        accounts: [
          { id: 'act_1', name: 'Shoes on Facebook' },
          { id: 'act_2', name: 'Hats on Facebook' },
        ],
      },
    },
    { status: 201 },
  );
  return { google, facebook };
}
