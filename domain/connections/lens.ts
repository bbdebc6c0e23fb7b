import { type AccountSet, intersection } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import type { ConnectionId, OrgId, WorkspaceId } from '../ids.ts';
import { memberPrefix, membershipKey } from '../members/member.item.ts';
import { findItems, type Item, type Reading } from '../table/client.ts';
import { Stale } from '../table/transact.ts';
import { parseUser, userKey } from '../users/user.item.ts';
import {
  type Connection,
  connectionKey,
  connectionPrefix,
  type Origin,
  parseConnection,
  parseOrigin,
  type Reference,
} from './connection.item.ts';

/** What is needed beside some connections to show them or to copy from them: origins, ancestors, and what the caller sees. */
export type Lens = {
  origins: ReadonlyMap<ConnectionId, Origin>;
  ancestors: ReadonlyMap<ConnectionId, Connection>;
  sees: (workspaceId: WorkspaceId) => boolean;
};

/**
 * Reads the origins of a page of connections, the ancestors of copies that follow their parent's selection, and the
 * caller's memberships in the workspaces they point to, in one batch however deep the copies are.
 */
export async function lensOn(ctx: UserContext, connections: readonly Connection[]): Promise<Lens> {
  if (connections.length === 0) return { origins: new Map(), ancestors: new Map(), sees: () => false };
  const { orgId, userId } = ctx.actor;
  const workspaceIds = connections.flatMap(({ workspaceId, parent, origin }) => [
    workspaceId,
    parent?.workspaceId,
    origin.workspaceId,
  ]);
  const pointedTo = [...new Set(workspaceIds)].filter((id) => id !== undefined);
  const items = await findItems(ctx, [
    userKey(orgId, userId),
    ...pointedTo.map((id) => membershipKey(orgId, id, userId)),
    ...connections.flatMap(referencesOf).map((reference) => connectionKey(orgId, reference)),
  ]);
  const user = items.find(({ sk }) => sk === userKey(orgId, userId).sk);
  const isOwner = user !== undefined && parseUser(user).organizationRole === 'owner';
  const partitions = new Set(items.filter(({ sk }) => sk.startsWith(memberPrefix)).map(({ pk }) => pk));
  return lensFrom(
    ctx,
    orgId,
    connections,
    items,
    (id) => isOwner || partitions.has(membershipKey(orgId, id, userId).pk),
  );
}

/** The same for a service, which sees the whole organization. */
export async function serviceLensOn(
  ctx: Reading,
  orgId: OrgId,
  connections: readonly Connection[],
): Promise<Lens> {
  const keys = connections.flatMap(referencesOf).map((reference) => connectionKey(orgId, reference));
  return lensFrom(ctx, orgId, connections, await findItems(ctx, keys), () => true);
}

/** What a connection is read with: its origin and, where it follows its parent, all that this may follow in turn. */
function referencesOf(connection: Connection): Reference[] {
  return [connection.origin, ...followedBy(connection)];
}

function followedBy({ selection, parent, ancestors = [] }: Connection): Reference[] {
  return selection.mode === 'all' && parent ? [parent, ...ancestors] : [];
}

async function lensFrom(
  ctx: Reading,
  orgId: OrgId,
  connections: readonly Connection[],
  items: readonly Item[],
  sees: Lens['sees'],
): Promise<Lens> {
  const found = items.filter(({ sk }) => sk.startsWith(connectionPrefix)).map(parseEither);
  const isOrigin = (connection: Connection): connection is Origin => connection.parent === undefined;
  const origins = new Map(found.filter(isOrigin).map((origin) => [origin.connectionId, origin]));
  const ancestors = new Map([...connections, ...found].map((known) => [known.connectionId, known]));
  await followOn(ctx, orgId, ancestors, new Set(connections.flatMap(referencesOf).map(idOf)));
  return { origins, ancestors, sees };
}

function idOf({ connectionId }: Reference): ConnectionId {
  return connectionId;
}

function parseEither(item: Item): Connection | Origin {
  return item.parent === undefined ? parseOrigin(item) : parseConnection(item);
}

/** Copies that were made before copies carried their ancestors are followed level by level. */
async function followOn(
  ctx: Reading,
  orgId: OrgId,
  ancestors: Map<ConnectionId, Connection>,
  asked: Set<ConnectionId>,
): Promise<void> {
  for (let level = [...ancestors.values()]; level.length > 0; ) {
    const unread = level
      .flatMap(followedBy)
      .filter(({ connectionId }) => !ancestors.has(connectionId) && !asked.has(connectionId));
    const items = await findItems(
      ctx,
      unread.map((reference) => connectionKey(orgId, reference)),
    );
    level = items.map(parseEither);
    for (const { connectionId } of unread) asked.add(connectionId);
    for (const connection of level) ancestors.set(connection.connectionId, connection);
  }
}

/** The origin of a connection that stands. `Stale` when both went between the reads. */
export function originOf({ origins }: Lens, { connectionId, origin }: Connection): Origin {
  const found = origins.get(origin.connectionId);
  if (!found) throw new Stale(`connection ${connectionId} was read before its origin went`);
  return found;
}

/** The accounts that a connection has selected, as it stands: `all` follows its parent, and on an original its list. */
export function selectedAccounts(lens: Lens, connection: Connection): AccountSet {
  const selected = findSelected(lens, connection);
  if (!selected)
    throw new Stale(`connection ${connection.connectionId} was read before what it follows went`);
  return selected;
}

function findSelected(lens: Lens, connection: Connection): AccountSet | undefined {
  const { selection, parent, origin } = connection;
  if (selection.mode === 'selected') return selection.accounts;
  if (!parent) return lens.origins.get(origin.connectionId)?.accountList.available;
  const followed = lens.ancestors.get(parent.connectionId);
  return followed && findSelected(lens, followed);
}

/**
 * Whether all that a connection needs was read with it. A parent stays as long as its copies do: where it is missing, the
 * connection was read before it went itself.
 */
export function isWhole(lens: Lens, connection: Connection): boolean {
  return lens.origins.has(connection.origin.connectionId) && findSelected(lens, connection) !== undefined;
}

/** Those of the selected accounts that the data source still offers. */
export function usableAccounts(lens: Lens, connection: Connection): AccountSet {
  return intersection(selectedAccounts(lens, connection), originOf(lens, connection).accountList.available);
}
