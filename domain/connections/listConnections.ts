import * as z from 'zod/mini';
import { accessTo } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { matches } from '../search.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { Search } from '../workspaces/listWorkspaces.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';
import { connectionPrefix, parseConnection } from './connection.item.ts';
import { type ConnectionView, viewConnection } from './connection.view.ts';
import { isWhole, lensOn } from './lens.ts';

export const ConnectionsQuery = z.strictObject({
  ...pageQuery,
  search: Search,
  status: z.optional(z.enum(['active', 'error'])),
  dataSource: z.optional(z.string().check(z.maxLength(100))),
});

/**
 * A workspace's connections, ordered by origin. The shared authorization of a page is read in one batch of its origins.
 * `search` is a part of the name, the data source or the business account. Throws `not_found`.
 */
export async function listConnections(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  { search, status, dataSource, ...page }: z.output<typeof ConnectionsQuery>,
): Promise<Page<ConnectionView>> {
  await accessTo(ctx, workspaceId, 'viewer');
  const isWanted = (view: ConnectionView) =>
    (status === undefined || view.status === status) &&
    (dataSource === undefined || view.dataSource === dataSource) &&
    matches(search, view.name, view.dataSource, view.businessAccount.name, view.businessAccount.id);
  return pageOf(ctx, ['connections', workspaceId, search, status, dataSource], page, {
    partition: workspacePartition(ctx.actor.orgId, workspaceId),
    prefix: connectionPrefix,
    sparse: [search, status, dataSource].some((filter) => filter !== undefined),
    resolve: async (items) => {
      const connections = items.map(parseConnection);
      const lens = await lensOn(ctx, connections);
      return connections
        .map((connection) => (isWhole(lens, connection) ? viewConnection(lens, connection) : undefined))
        .map((view) => (view && isWanted(view) ? view : undefined));
    },
  });
}
