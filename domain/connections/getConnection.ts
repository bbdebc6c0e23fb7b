import { type Access, accessTo, allowing } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { notFound } from '../errors.ts';
import type { OrgId } from '../ids.ts';
import type { Role } from '../members/member.item.ts';
import { type Action, check } from '../table/action.ts';
import { findItem, type Reading } from '../table/client.ts';
import { type Condition, equals } from '../table/condition.ts';
import { snapshot } from '../table/write.ts';
import {
  type Connection,
  connectionKey,
  type Origin,
  parseConnection,
  type Reference,
} from './connection.item.ts';
import { type ConnectionView, viewConnection } from './connection.view.ts';
import { type Lens, lensOn } from './lens.ts';

/** A connection by workspace and id; `undefined` when there is none. */
export async function findConnection(
  ctx: Reading,
  orgId: OrgId,
  at: Reference,
): Promise<Connection | undefined> {
  const item = await findItem(ctx, connectionKey(orgId, at));
  const connection = item && parseConnection(item);
  // The key holds the origin's part of the id only: another copy of the same origin may stand there.
  return connection?.connectionId === at.connectionId ? connection : undefined;
}

export type Opened = { access: Access; connection: Connection; lens: Lens };

/** A connection with everything around it. Throws `not_found`, `forbidden`. */
export async function openConnection(ctx: UserContext, at: Reference, need: Role): Promise<Opened> {
  const access = await accessTo(ctx, at.workspaceId, 'viewer');
  const connection = await findConnection(ctx, ctx.actor.orgId, at);
  if (!connection) throw notFound();
  allowing(access, need);
  return { access, connection, lens: await lensOn(ctx, [connection]) };
}

/** The connection is as it was read, its number of copies included. */
export function connectionAsRead({ connectionId, version, childCount }: Connection): Condition[] {
  return [equals('connectionId', connectionId), equals('version', version), equals('childCount', childCount)];
}

/** The connection stands as it was read, as a condition of what is done to its origin. */
export function connectionStands(orgId: OrgId, connection: Connection): Action {
  return check(connectionKey(orgId, connection), connectionAsRead(connection));
}

/** What the lineage shares, and every selection that copies follow, is as it was read: a condition on the origin. */
export function asShared({ revision }: Origin): Condition[] {
  return [equals('revision', revision)];
}

/** The same as an action of its own. */
export function sharedAsRead(origin: Origin): Action {
  return check(connectionKey(origin.orgId, origin), asShared(origin));
}

/** A connection's details. Throws `not_found`. */
export async function getConnection(ctx: UserContext, at: Reference): Promise<ConnectionView> {
  return snapshot(ctx, async () => {
    const { connection, lens } = await openConnection(ctx, at, 'viewer');
    return viewConnection(lens, connection);
  });
}
