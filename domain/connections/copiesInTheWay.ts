import { callerOf } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import { query } from '../table/client.ts';
import { type Connection, copiesPrefix, lineagePartition, parseConnection } from './connection.item.ts';
import { type Relative, relativesIn, viewRelatives, workspacesOfMember } from './relatives.ts';

/** Parents that a refusal names, and copies of one. */
export const mostNamed = 100;

/** Items that are read to tell how many copies a member doesn't see. With more, fewer parents are named. */
const mostRead = 2_000;

/**
 * 409 for connections that can't go because copies were made from them: `parents` names the first 100 with how many
 * copies each has and how many of these the caller doesn't see. Of a single one `copies` names the first 100 copies too.
 * To a member of very many workspaces fewer parents are named, at least one.
 */
export async function connectionHasCopies(
  ctx: UserContext,
  parents: readonly Connection[],
): Promise<DomainError> {
  const { organizationRole } = await callerOf(ctx);
  const isOwner = organizationRole === 'owner';
  const workspaceIds = isOwner ? [] : await workspacesOfMember(ctx);
  const affordable = Math.max(1, Math.floor(mostRead / Math.max(1, workspaceIds.length)));
  const named = parents.slice(0, Math.min(mostNamed, affordable));
  const originIds = named.map(({ origin }) => origin.connectionId);
  const [only] = parents.length === 1 ? named : [];
  const seen = isOwner
    ? await viewRelatives(ctx, only ? await firstCopies(ctx, only) : [])
    : await viewRelatives(ctx, await relativesIn(ctx, workspaceIds, originIds));
  const copiesOf = ({ connectionId }: Connection) =>
    seen.filter((relative) => relative !== undefined).filter(({ parentId }) => parentId === connectionId);
  const hidden = (parent: Connection) =>
    isOwner ? 0 : Math.max(0, parent.childCount - copiesOf(parent).length);
  return new DomainError(
    'connection_has_copies',
    'There are copies of this in other workspaces; delete them first.',
    {
      extra: {
        ...(only && {
          connectionId: only.connectionId,
          copies: { total: only.childCount, hidden: hidden(only), items: listed(copiesOf(only)) },
        }),
        parents: named.map((parent) => ({
          connectionId: parent.connectionId,
          name: parent.name,
          copies: parent.childCount,
          hidden: hidden(parent),
        })),
      },
    },
  );
}

async function firstCopies(ctx: UserContext, { connectionId, origin }: Connection): Promise<Connection[]> {
  const { items } = await query(ctx, {
    partition: lineagePartition(ctx.actor.orgId, origin.connectionId),
    prefix: copiesPrefix(connectionId),
    onIndex: true,
    limit: mostNamed,
  });
  return items.map(parseConnection);
}

function listed(copies: readonly Relative[]) {
  return copies
    .toSorted((a, b) => (a.connectionId < b.connectionId ? -1 : 1))
    .slice(0, mostNamed)
    .map(({ connectionId, workspaceId, workspaceName }) => ({ connectionId, workspaceId, workspaceName }));
}
