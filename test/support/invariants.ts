import {
  type Connection,
  connectionItem,
  parseConnection,
  parseOrigin,
} from '../../domain/connections/connection.item.ts';
import type { OrgId } from '../../domain/ids.ts';
import { type Membership, membershipItem, parseMembership } from '../../domain/members/member.item.ts';
import { type Organization, parseOrganization } from '../../domain/organizations/organization.item.ts';
import type { Item, Table } from '../../domain/table/client.ts';
import { type Address, parseAddress } from '../../domain/users/address.item.ts';
import { parseUser, type User } from '../../domain/users/user.item.ts';
import { parseWorkspace, type Workspace } from '../../domain/workspaces/workspace.item.ts';
import { brokenEvents } from './eventInvariants.ts';
import { everything } from './state.ts';

/** All items of one tenant, by what they are; the table holds nothing else under its keys. */
export type Tenant = {
  items: Item[];
  organizations: Organization[];
  users: User[];
  addresses: Address[];
  workspaces: Workspace[];
  memberships: Membership[];
  connections: Connection[];
  /** The ids of the origins that credentials, and pages of accounts, belong to. */
  credentials: string[];
  accountPages: { originId: string; page: number }[];
  invitationIds: Set<string>;
  events: Item[];
};

/**
 * Reads the whole table and says, one sentence each, what does not hold: counters against the items they count, references
 * against what they name, keys against their items, and each effect against its event. With `orgId` of one tenant alone.
 */
export async function brokenInvariants(table: Table, orgId?: OrgId): Promise<string[]> {
  const items = await everything(table, orgId && `ORG#${orgId}`);
  const tenants = Map.groupBy(items, ({ pk }) => /^ORG#([^#]+)/.exec(pk)?.[1]);
  const outside = (tenants.get(undefined) ?? [])
    .filter(({ pk }) => !/^(IDENTITY|IDEMPOTENCY)#/.test(pk))
    .map(({ pk, sk }) => `nobody knows what ${pk} ${sk} is`);
  tenants.delete(undefined);
  const broken = [...tenants].flatMap(([tenant, theirs]) =>
    brokenIn(theirs).map((sentence) => `${tenant}: ${sentence}`),
  );
  return [...outside, ...broken];
}

function brokenIn(items: Item[]): string[] {
  const unknown: string[] = [];
  const tenant = sorted(items, unknown);
  return [
    ...unknown,
    ...brokenOrganization(tenant),
    ...tenant.workspaces.flatMap((workspace) => brokenWorkspace(tenant, workspace)),
    ...tenant.users.flatMap((user) => brokenUser(tenant, user)),
    ...tenant.memberships.flatMap((membership) => brokenMembership(tenant, membership)),
    ...tenant.connections.flatMap((connection) => brokenConnection(tenant, connection)),
    ...brokenBelongings(tenant),
    ...brokenAddresses(tenant),
    ...brokenEvents(tenant),
  ];
}

function sorted(items: Item[], unknown: string[]): Tenant {
  const kinds = Map.groupBy(items, ({ pk, sk }) => kindOf(pk, sk));
  const of = (kind: string) => kinds.get(kind) ?? [];
  for (const { pk, sk } of of('unknown')) unknown.push(`nobody knows what ${pk} ${sk} is`);
  return {
    items,
    organizations: of('ORGANIZATION').map(parseOrganization),
    users: of('USER').map(parseUser),
    addresses: of('EMAIL').map(parseAddress),
    workspaces: of('WORKSPACE').map(parseWorkspace),
    memberships: of('MEMBER').map(parseMembership),
    connections: of('CONNECTION').map((item) => (item.parent ? parseConnection(item) : parseOrigin(item))),
    credentials: of('CREDENTIALS').map(({ sk }) => sk.split('#')[1] ?? ''),
    accountPages: of('ACCOUNTS').map(({ sk }) => ({
      originId: sk.split('#')[1] ?? '',
      page: Number(sk.split('#')[2]),
    })),
    invitationIds: new Set(of('INVITATION').map(({ sk }) => sk.split('#')[1] ?? '')),
    events: of('EVENT'),
  };
}

function kindOf(pk: string, sk: string): string {
  const noun = sk.split('#')[0] ?? '';
  if (/^ORG#[^#]+$/.test(pk))
    return ['ORGANIZATION', 'USER', 'EMAIL', 'WORKSPACE', 'INVITATION'].includes(noun) ? noun : 'unknown';
  if (/^ORG#[^#]+#WORKSPACE#[^#]+$/.test(pk))
    return ['MEMBER', 'CONNECTION', 'CREDENTIALS', 'ACCOUNTS'].includes(noun) ? noun : 'unknown';
  if (/^ORG#[^#]+#EVENTS$/.test(pk)) return 'EVENT';
  return /^ORG#[^#]+#(IDEMPOTENCY|OPERATION)#/.test(pk) ? 'bookkeeping' : 'unknown';
}

/** Says so when a counter is not the number of what it counts. */
function miscounted(what: string, counter: number, counted: readonly unknown[]): string[] {
  return counter === counted.length ? [] : [`${what} is ${counter}, there are ${counted.length}`];
}

function brokenOrganization({ organizations, users, workspaces }: Tenant): string[] {
  const [organization, ...more] = organizations;
  if (!organization || more.length > 0) return [`there are ${organizations.length} organization items`];
  const owners = users.filter(({ organizationRole }) => organizationRole === 'owner');
  const listed = [...organization.ownerIds].sort().join();
  const actual = owners
    .map(({ userId }) => userId)
    .sort()
    .join();
  return [
    ...miscounted('workspaceCount', organization.workspaceCount, workspaces),
    ...(listed === actual ? [] : [`ownerIds are ${listed}, the owners are ${actual}`]),
  ];
}

function brokenWorkspace({ memberships, connections }: Tenant, workspace: Workspace): string[] {
  const { workspaceId, memberCount, adminCount, connectionCount, copiesElsewhere, status } = workspace;
  const here = (of: { workspaceId: string }) => of.workspaceId === workspaceId;
  const admins = memberships.filter((membership) => here(membership) && membership.role === 'admin');
  const elsewhere = connections.filter((copy) => !here(copy) && copy.parent?.workspaceId === workspaceId);
  return [
    ...miscounted(`memberCount of ${workspaceId}`, memberCount, memberships.filter(here)),
    ...miscounted(`adminCount of ${workspaceId}`, adminCount, admins),
    ...miscounted(`connectionCount of ${workspaceId}`, connectionCount, connections.filter(here)),
    ...miscounted(`copiesElsewhere of ${workspaceId}`, copiesElsewhere, elsewhere),
    ...(admins.length === 0 && status !== 'deleting' ? [`${workspaceId} has no admin`] : []),
  ];
}

function brokenUser({ memberships }: Tenant, { userId, workspaceCount, adminCount }: User): string[] {
  const theirs = memberships.filter((membership) => membership.userId === userId);
  const asAdmin = theirs.filter(({ role }) => role === 'admin');
  return [
    ...miscounted(`workspaceCount of ${userId}`, workspaceCount, theirs),
    ...miscounted(`adminCount of ${userId}`, adminCount, asAdmin),
  ];
}

function brokenMembership({ items, users, workspaces }: Tenant, membership: Membership): string[] {
  const { userId, workspaceId } = membership;
  return [
    ...(users.some((user) => user.userId === userId) ? [] : [`the member ${userId} is nobody`]),
    ...(workspaces.some((w) => w.workspaceId === workspaceId) ? [] : [`${userId} is in no ${workspaceId}`]),
    ...misplaced(items, membershipItem(membership)),
  ];
}

function brokenConnection({ items, connections, workspaces }: Tenant, connection: Connection): string[] {
  const { connectionId, workspaceId, parent, origin, childCount } = connection;
  const isAt = (place: { connectionId: string; workspaceId: string }) => (other: Connection) =>
    other.connectionId === place.connectionId && other.workspaceId === place.workspaceId;
  const lineage = connections.filter((other) => other.origin.connectionId === connectionId);
  const children = connections.filter((other) => other.parent?.connectionId === connectionId);
  return [
    ...(workspaces.some((w) => w.workspaceId === workspaceId) ? [] : [`${connectionId} is in no workspace`]),
    ...(!parent || connections.some(isAt(parent)) ? [] : [`the parent of ${connectionId} is gone`]),
    ...(connections.some(isAt(origin)) ? [] : [`the origin of ${connectionId} is gone`]),
    ...miscounted(`childCount of ${connectionId}`, childCount, children),
    ...('lineageCount' in connection
      ? miscounted(`lineageCount of ${connectionId}`, Number(connection.lineageCount), lineage)
      : []),
    ...misplaced(items, connectionItem(connection)),
  ];
}

/** An item must stand under the keys that are made from its own fields, on the table and on the index. */
function misplaced(items: Item[], { pk, sk, gsi1pk, gsi1sk }: Item): string[] {
  const found = items.find((item) => item.pk === pk && item.sk === sk);
  if (!found) return [`there is nothing at ${pk} ${sk}`];
  return found.gsi1pk === gsi1pk && found.gsi1sk === gsi1sk ? [] : [`${pk} ${sk} is lost on the index`];
}

/** Each origin has its credentials and all pages of its accounts; when it goes, they go. */
function brokenBelongings({ connections, credentials, accountPages }: Tenant): string[] {
  const origins = connections.flatMap((c) => ('lineageCount' in c ? [parseOrigin(c)] : []));
  const ids = new Set<string>(origins.map(({ connectionId }) => connectionId));
  return [
    ...credentials.filter((id) => !ids.has(id)).map((id) => `${id} is gone and its credentials are not`),
    ...accountPages
      .filter(({ originId }) => !ids.has(originId))
      .map(({ originId, page }) => `${originId} is gone and page ${page} of its accounts is not`),
    ...origins
      .filter(({ connectionId }) => !credentials.includes(connectionId))
      .map(({ connectionId }) => `${connectionId} has no credentials`),
    ...origins.flatMap(({ connectionId, accountList }) =>
      miscountedPages(connectionId, accountList.pages, accountPages),
    ),
  ];
}

function miscountedPages(originId: string, pages: number, all: Tenant['accountPages']): string[] {
  const present = all.filter((page) => page.originId === originId && page.page < pages);
  return miscounted(`pages of accounts of ${originId}`, pages, present);
}

/** A person's email leads to them, an invitation's to it. What is left of somebody who was removed is free to take. */
function brokenAddresses({ addresses, users, invitationIds }: Tenant): string[] {
  const personAt = new Map(addresses.map(({ email, userId }) => [email, userId]));
  return [
    ...users
      .filter(({ email, userId }) => personAt.get(email) !== userId)
      .map(({ email, userId }) => `the address ${email} does not lead to ${userId}`),
    ...addresses
      .filter(({ userId, invitationId }) =>
        invitationId ? userId || !invitationIds.has(invitationId) : !userId,
      )
      .map(({ email }) => `the address ${email} leads nowhere`),
  ];
}
