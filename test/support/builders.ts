import type * as z from 'zod/mini';
import type { ConnectionView } from '../../domain/connections/connection.view.ts';
import { copyConnections } from '../../domain/connections/copyConnections.ts';
import { CreateConnection, createConnection } from '../../domain/connections/createConnection.ts';
import type { Person, SupportActor, UserActor } from '../../domain/context.ts';
import { ConnectionId, InvitationId, OrgId, UserId, WorkspaceId } from '../../domain/ids.ts';
import { acceptInvitation } from '../../domain/invitations/accept.ts';
import { invite } from '../../domain/invitations/invite.ts';
import { invitationLetter } from '../../domain/invitations/letter.ts';
import type { Role } from '../../domain/members/member.item.ts';
import { CreateOrganization, createOrganization } from '../../domain/organizations/createOrganization.ts';
import { CreateWorkspace, createWorkspace } from '../../domain/workspaces/createWorkspace.ts';
import type { WorkspaceView } from '../../domain/workspaces/workspace.view.ts';
import { aContext, type TestContext, type World } from './context.ts';

export type TestUser = TestContext<UserActor>;
export type TestSupport = TestContext<SupportActor>;
export type TestOrganization = { orgId: OrgId; owner: TestUser; support: TestSupport };

type Asked<S extends z.ZodMiniType> = Partial<z.input<S>>;

/** Support, who makes organizations. */
export function aSupporter(world: World, id = 'support'): TestSupport {
  return aContext(world, { kind: 'support', id });
}

/** Somebody who is logged in and in no organization. */
export function aPerson(world: World, email: string, name = nameOf(email)): TestContext<Person> {
  return aContext(world, { kind: 'person', login: `login-${email}`, email, name });
}

function nameOf(email: string): string {
  return email.replace(/@.*/, '');
}

/** An organization with an owner who has accepted their invitation. */
export async function anOrganization(
  world: World,
  { owner = { email: 'owner@example.com' }, ...asked }: Asked<typeof CreateOrganization> = {},
): Promise<TestOrganization> {
  const support = aSupporter(world);
  const input = CreateOrganization.parse({ name: 'Acme', owner, ...asked });
  const { organization, invitation } = await createOrganization(support, input);
  const orgId = OrgId.parse(organization.organizationId);
  const token = await tokenOf(support, orgId, invitation.invitationId);
  return { orgId, support, owner: await accepted(aPerson(world, owner.email), token) };
}

/** The token in the link that was mailed. */
export async function tokenOf(world: World, orgId: OrgId, invitationId: string | undefined): Promise<string> {
  const reader = aSupporter(world);
  const letter = await invitationLetter(reader, orgId, InvitationId.parse(invitationId), 'https://app.test');
  if (!letter) throw new Error('There is nothing to accept.');
  return letter.token;
}

/** Accepts an invitation; gives the person as a user of the organization. */
export async function accepted(person: TestContext<Person>, token: string): Promise<TestUser> {
  const { organization, userId } = await acceptInvitation(person, token);
  const { login, email = '' } = person.actor;
  const orgId = OrgId.parse(organization.id);
  return aContext(person, { kind: 'user', orgId, userId: UserId.parse(userId), login, email });
}

export type Granted = { workspaceId: WorkspaceId; role: Role };

/** Somebody who was invited by `inviter` and has accepted. */
export async function aMember(inviter: TestUser, email: string, ...grants: Granted[]): Promise<TestUser> {
  const { items } = await invite(inviter, { invitations: [{ email, grants }] });
  const token = await tokenOf(inviter, inviter.actor.orgId, items[0]?.invitationId);
  return accepted(aPerson(inviter, email), token);
}

export type TestWorkspace = WorkspaceView & { workspaceId: WorkspaceId };

export async function aWorkspace(
  creator: TestUser,
  asked: Asked<typeof CreateWorkspace> = {},
): Promise<TestWorkspace> {
  const view = await createWorkspace(creator, CreateWorkspace.parse({ name: 'A workspace', ...asked }));
  return { ...view, workspaceId: WorkspaceId.parse(view.workspaceId) };
}

export type TestConnection = ConnectionView & { workspaceId: WorkspaceId; connectionId: ConnectionId };

export function connectionOf(view: ConnectionView): TestConnection {
  return {
    ...view,
    workspaceId: WorkspaceId.parse(view.workspaceId),
    connectionId: ConnectionId.parse(view.connectionId),
  };
}

/** What a client sends to bring in a data source with accounts a1, a2 and a3. */
export function aConnectionInput(asked: Asked<typeof CreateConnection> = {}) {
  return CreateConnection.parse({
    dataSource: 'google-ads',
    businessAccount: { id: 'business-1', name: 'Business One' },
    credentials: { refreshToken: 'secret-1' },
    accounts: someAccounts('a1', 'a2', 'a3'),
    ...asked,
  });
}

export function someAccounts(...ids: string[]): { id: string; name: string }[] {
  return ids.map((id) => ({ id, name: `Account ${id}` }));
}

/** An original with three accounts. */
export async function aConnection(
  creator: TestUser,
  workspaceId: WorkspaceId,
  asked: Asked<typeof CreateConnection> = {},
): Promise<TestConnection> {
  return connectionOf(await createConnection(creator, workspaceId, aConnectionInput(asked)));
}

/** Where a connection is, as requests name it. */
export function at({ workspaceId, connectionId }: TestConnection) {
  return { workspaceId, connectionId };
}

/** A copy of a connection in another workspace. */
export async function aCopy(
  copier: TestUser,
  source: TestConnection,
  workspaceId: WorkspaceId,
  accountIds?: string[],
): Promise<TestConnection> {
  const copied = await copyConnections(copier, workspaceId, {
    connections: [{ ...at(source), accountIds }],
  });
  const copy = 'items' in copied ? copied.items[0] : undefined;
  if (!copy) throw new Error('Nothing was copied.');
  return connectionOf(copy);
}
