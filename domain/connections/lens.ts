import { type AccountSet, intersection } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import type { ConnectionId, OrgId, WorkspaceId } from '../ids.ts';
import { memberPrefix, membershipKey } from '../members/member.item.ts';
import { findItems, type Item, type Key, type Reading } from '../table/client.ts';
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
 * Reads the origins of a page of connections and the caller's memberships in the workspaces they point to, in one
 * batch; then, level by level, the parents of copies that follow their parent's selection.
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
    ...originKeys(orgId, connections),
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
  const items = await findItems(ctx, originKeys(orgId, connections));
  return lensFrom(ctx, orgId, connections, items, () => true);
}

function originKeys(orgId: OrgId, connections: readonly Connection[]): Key[] {
  return connections.map(({ origin }) => connectionKey(orgId, origin));
}

async function lensFrom(
  ctx: Reading,
  orgId: OrgId,
  connections: readonly Connection[],
  items: readonly Item[],
  sees: Lens['sees'],
): Promise<Lens> {
  const found = items.filter(({ sk }) => sk.startsWith(connectionPrefix)).map(parseOrigin);
  const origins = new Map(found.map((origin) => [origin.connectionId, origin]));
  return { origins, ancestors: await ancestorsOf(ctx, orgId, connections, origins), sees };
}

/** Every connection that a selection is followed to, the given ones and their origins included. */
async function ancestorsOf(
  ctx: Reading,
  orgId: OrgId,
  connections: readonly Connection[],
  origins: ReadonlyMap<ConnectionId, Origin>,
): Promise<ReadonlyMap<ConnectionId, Connection>> {
  const known = new Map<ConnectionId, Connection>(origins);
  for (let level = connections; level.length > 0; ) {
    for (const connection of level) known.set(connection.connectionId, connection);
    const followed = level.flatMap((connection) => followedParent(connection) ?? []);
    const unread = followed.filter(({ connectionId }) => !known.has(connectionId));
    const items = await findItems(
      ctx,
      unread.map((parent) => connectionKey(orgId, parent)),
    );
    level = items.map(parseConnection);
  }
  return known;
}

function followedParent({ selection, parent }: Connection): Reference | undefined {
  return selection.mode === 'all' ? parent : undefined;
}

/** The origin of a connection that stands. `Stale` when both went between the reads. */
export function originOf({ origins }: Lens, { connectionId, origin }: Connection): Origin {
  const found = origins.get(origin.connectionId);
  if (!found) throw new Stale(`connection ${connectionId} was read before its origin went`);
  return found;
}

/** The accounts that a connection has selected, as it stands: `all` follows its parent, and on an original its list. */
export function selectedAccounts(lens: Lens, connection: Connection): AccountSet {
  const { selection, parent } = connection;
  if (selection.mode === 'selected') return selection.accounts;
  if (!parent) return originOf(lens, connection).accountList.available;
  const followed = lens.ancestors.get(parent.connectionId);
  if (!followed) throw new Stale(`connection ${connection.connectionId} was read before its parent went`);
  return selectedAccounts(lens, followed);
}

/** Those of the selected accounts that the data source still offers. */
export function usableAccounts(lens: Lens, connection: Connection): AccountSet {
  return intersection(selectedAccounts(lens, connection), originOf(lens, connection).accountList.available);
}
