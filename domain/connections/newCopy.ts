import { timestamp, type UserContext } from '../context.ts';
import { invalid } from '../errors.ts';
import type { ConnectionId, WorkspaceId } from '../ids.ts';
import { type Connection, copyId, type Reference, type Selection } from './connection.item.ts';

/**
 * Copies one after the other that a lineage takes. Each carries its ancestors, some 120 bytes for one, and all of these
 * are read in one batch of at most 100 keys.
 */
const mostLevels = 50;

/** What a copy of a connection has between its parent and its origin, the nearest to the parent first. */
function ancestorsOfCopy({ parent, ancestors = [], origin }: Connection): Reference[] {
  return parent && parent.connectionId !== origin.connectionId ? [parent, ...ancestors] : [];
}

/** Whether a copy of a connection would be one too many below the original. */
export function isTooDeep(source: Connection): boolean {
  return source.parent !== undefined && ancestorsOfCopy(source).length + 2 > mostLevels;
}

/** Throws `validation_failed` where `isTooDeep`; `pointer` says where in the request the source is named. */
export function refuseTooDeep(source: Connection, pointer: string): void {
  if (isTooDeep(source))
    throw invalid({
      pointer,
      detail: `This connection is ${mostLevels} copies away from its original, and no more are allowed. Copy from the original, or from a copy nearer to it.`,
    });
}

/** A copy of a connection in a workspace, before it is written; `chosenId` where its id was promised already. */
export function newCopy(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  source: Connection,
  selection: Selection,
  chosenId: ConnectionId | undefined,
): Connection {
  const ancestors = ancestorsOfCopy(source);
  return {
    orgId: ctx.actor.orgId,
    workspaceId,
    connectionId: chosenId ?? copyId(ctx.newId('con'), source.origin.connectionId),
    name: source.name,
    dataSource: source.dataSource,
    selection,
    parent: { workspaceId: source.workspaceId, connectionId: source.connectionId },
    ...(ancestors.length > 0 && { ancestors }),
    origin: source.origin,
    childCount: 0,
    createdAt: timestamp(ctx),
    createdBy: ctx.actor.userId,
    version: 1,
  };
}
