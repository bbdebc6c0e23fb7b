import * as z from 'zod/mini';
import { accessToMany } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { ConnectionId, WorkspaceId } from '../ids.ts';
import { membershipsOf } from '../members/people.ts';
import { findItems } from '../table/client.ts';
import { type Connection, connectionKey, parseConnection } from './connection.item.ts';

/** A connection of a lineage, with the name of its workspace. */
export const Relative = z.object({
  connectionId: z.string(),
  workspaceId: z.string(),
  workspaceName: z.string(),
  name: z.string(),
  parentId: z.nullable(z.string()),
  createdAt: z.string(),
});
export type Relative = z.output<typeof Relative>;

/** Connections as the caller sees them, in the same order; `undefined` in workspaces that they don't see. */
export async function viewRelatives(
  ctx: UserContext,
  connections: readonly Connection[],
): Promise<(Relative | undefined)[]> {
  if (connections.length === 0) return [];
  const seen = await accessToMany(ctx, [...new Set(connections.map(({ workspaceId }) => workspaceId))]);
  return connections.map(({ connectionId, workspaceId, name, parent, createdAt }) => {
    const access = seen.get(workspaceId);
    return (
      access && {
        connectionId,
        workspaceId,
        workspaceName: access.workspace.name,
        name,
        parentId: parent?.connectionId ?? null,
        createdAt,
      }
    );
  });
}

/** The workspaces that a member is in, found by the index. */
export async function workspacesOfMember(ctx: UserContext): Promise<WorkspaceId[]> {
  return (await membershipsOf(ctx, ctx.actor.userId)).map(({ workspaceId }) => workspaceId);
}

/**
 * The connections of some origins that stand in given workspaces. A workspace holds one of an origin at most, under a key
 * that is known (docs/adr/0003): it costs a read for each workspace and origin, however many copies there are elsewhere.
 */
export async function relativesIn(
  ctx: UserContext,
  workspaceIds: readonly WorkspaceId[],
  originIds: readonly ConnectionId[],
): Promise<Connection[]> {
  const keys = originIds.flatMap((connectionId) =>
    workspaceIds.map((workspaceId) => connectionKey(ctx.actor.orgId, { workspaceId, connectionId })),
  );
  return (await findItems(ctx, keys)).map(parseConnection);
}
