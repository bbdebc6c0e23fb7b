import * as z from 'zod/mini';
import { callerOf } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { ConnectionId, WorkspaceId } from '../ids.ts';
import { queryAll } from '../table/client.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { snapshot } from '../table/write.ts';
import { type Visible, visibleWorkspaces } from '../workspaces/visibleWorkspaces.ts';
import {
  type Connection,
  copiesPrefix,
  lineagePartition,
  parseConnection,
  type Reference,
} from './connection.item.ts';
import { openConnection } from './getConnection.ts';
import { originOf } from './lens.ts';

export const LineageQuery = z.strictObject(pageQuery);

const Relative = z.object({
  connectionId: z.string(),
  workspaceId: z.string(),
  workspaceName: z.string(),
  name: z.string(),
  parentId: z.nullable(z.string()),
  createdAt: z.string(),
});
export const LineageView = z.object({
  origin: z.object({
    connectionId: z.string(),
    workspaceId: z.optional(z.string()),
    workspaceName: z.optional(z.string()),
    name: z.optional(z.string()),
  }),
  items: z.array(Relative),
  total: z.int(),
  hidden: z.int(),
  nextCursor: z.nullable(z.string()),
});
type LineageView = z.output<typeof LineageView>;

/**
 * The lineage of a connection, the origin first and then each parent's copies. `total` counts all of it, `hidden` those
 * in workspaces that the caller can't see, which are not listed. Throws `not_found`.
 */
export async function listLineage(
  ctx: UserContext,
  at: Reference,
  page: z.output<typeof LineageQuery>,
): Promise<LineageView> {
  const origin = await snapshot(ctx, async () => {
    const { connection, lens } = await openConnection(ctx, at, 'viewer');
    return originOf(lens, connection);
  });
  const caller = await callerOf(ctx);
  const visible = await visibleWorkspaces(ctx, caller);
  const partition = lineagePartition(ctx.actor.orgId, origin.connectionId);
  const { items, nextCursor } = await pageOf(ctx, ['lineage', origin.connectionId], page, {
    partition,
    onIndex: true,
    resolve: (found) => found.map((item) => viewRelative(parseConnection(item), visible)),
  });
  const originSeen = viewRelative(origin, visible);
  return {
    origin: originSeen
      ? {
          connectionId: originSeen.connectionId,
          workspaceId: originSeen.workspaceId,
          workspaceName: originSeen.workspaceName,
          name: originSeen.name,
        }
      : { connectionId: origin.connectionId },
    items,
    total: origin.lineageCount,
    hidden: caller.organizationRole === 'owner' ? 0 : await countHidden(ctx, partition, visible),
    nextCursor,
  } satisfies LineageView & Page<unknown>;
}

/**
 * The copies made directly from connections, for a refusal to delete these: the first of those that the caller sees, and
 * how many there are. Who sees everything needs no count of what is hidden.
 */
export async function listCopies(ctx: UserContext, connections: readonly Connection[]) {
  const caller = await callerOf(ctx);
  const visible = await visibleWorkspaces(ctx, caller);
  const total = connections.reduce((sum, { childCount }) => sum + childCount, 0);
  const seen: LineageView['items'] = [];
  for (let start = 0; start < connections.length; start += atOnce) {
    const some = connections.slice(start, start + atOnce);
    seen.push(...(await Promise.all(some.map((parent) => visibleCopies(ctx, parent, visible)))).flat());
    if (caller.organizationRole === 'owner' && seen.length >= mostListed) break;
  }
  const items = seen
    .slice(0, mostListed)
    .map(({ connectionId, workspaceId, workspaceName }) => ({ connectionId, workspaceId, workspaceName }));
  const hidden = caller.organizationRole === 'owner' ? 0 : Math.max(0, total - seen.length);
  return { total, hidden, items };
}

/** Queries that are under way at the same time. */
const atOnce = 25;

async function visibleCopies(
  ctx: UserContext,
  { connectionId, origin }: Connection,
  visible: ReadonlyMap<WorkspaceId, Visible>,
): Promise<LineageView['items']> {
  const copies = queryAll(ctx, copiesOf(ctx, origin.connectionId, connectionId));
  const relatives = await Array.fromAsync(copies, (item) => viewRelative(parseConnection(item), visible));
  return relatives.filter((relative) => relative !== undefined);
}

const mostListed = 100;

function copiesOf(ctx: UserContext, originId: ConnectionId, parentId: ConnectionId) {
  return {
    partition: lineagePartition(ctx.actor.orgId, originId),
    prefix: copiesPrefix(parentId),
    onIndex: true,
  };
}

function viewRelative(
  { connectionId, workspaceId, name, parent, createdAt }: Connection,
  visible: ReadonlyMap<WorkspaceId, Visible>,
): LineageView['items'][number] | undefined {
  const seen = visible.get(workspaceId);
  return (
    seen && {
      connectionId,
      workspaceId,
      workspaceName: seen.workspace.name,
      name,
      parentId: parent?.connectionId ?? null,
      createdAt,
    }
  );
}

async function countHidden(
  ctx: UserContext,
  partition: string,
  visible: ReadonlyMap<WorkspaceId, Visible>,
): Promise<number> {
  let hidden = 0;
  for await (const item of queryAll(ctx, { partition, onIndex: true })) {
    if (!visible.has(parseConnection(item).workspaceId)) hidden += 1;
  }
  return hidden;
}
