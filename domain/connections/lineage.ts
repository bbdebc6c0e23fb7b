import * as z from 'zod/mini';
import type { UserContext } from '../context.ts';
import { type Page, type PageInput, pageOf, pageQuery } from '../table/page.ts';
import { sliceOf } from '../table/slice.ts';
import { snapshot } from '../table/write.ts';
import { lineagePartition, type Origin, parseConnection, type Reference } from './connection.item.ts';
import { openConnection } from './getConnection.ts';
import { originOf } from './lens.ts';
import { Relative, relativesIn, viewRelatives, workspacesOfMember } from './relatives.ts';

export const LineageQuery = z.strictObject(pageQuery);

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
 * in workspaces that the caller can't see, which are not listed. A page costs what it shows; to a member a read for each
 * of their workspaces. Throws `not_found`.
 */
export async function listLineage(
  ctx: UserContext,
  at: Reference,
  page: z.output<typeof LineageQuery>,
): Promise<LineageView> {
  const { access, origin } = await snapshot(ctx, async () => {
    const opened = await openConnection(ctx, at, 'viewer');
    return { access: opened.access, origin: originOf(opened.lens, opened.connection) };
  });
  const isOwner = access.role === 'owner';
  const { originSeen, ...listed } = await (isOwner ? wholeLineage : seenLineage)(ctx, origin, page);
  return {
    origin: originSeen
      ? {
          connectionId: originSeen.connectionId,
          workspaceId: originSeen.workspaceId,
          workspaceName: originSeen.workspaceName,
          name: originSeen.name,
        }
      : { connectionId: origin.connectionId },
    ...listed,
    total: origin.lineageCount,
  } satisfies LineageView & Page<unknown>;
}

type Listed = Page<Relative> & { originSeen: Relative | undefined; hidden: number };

async function wholeLineage(ctx: UserContext, origin: Origin, page: PageInput): Promise<Listed> {
  const { connectionId } = origin;
  const [[originSeen], list] = await Promise.all([
    viewRelatives(ctx, [origin]),
    pageOf(ctx, ['lineage', connectionId, 'whole'], page, {
      partition: lineagePartition(ctx.actor.orgId, connectionId),
      onIndex: true,
      resolve: (items) => viewRelatives(ctx, items.map(parseConnection)),
    }),
  ]);
  return { ...list, originSeen, hidden: 0 };
}

/** A member finds what they see by their own workspaces: the rest of the lineage, however large, is only counted. */
async function seenLineage(ctx: UserContext, origin: Origin, page: PageInput): Promise<Listed> {
  const { connectionId, lineageCount } = origin;
  const found = await relativesIn(ctx, await workspacesOfMember(ctx), [connectionId]);
  const [originSeen, ...relatives] = await viewRelatives(ctx, [origin, ...found]);
  const seen = relatives.filter((relative) => relative !== undefined);
  const sorted = seen.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  const list = await sliceOf(ctx, ['lineage', connectionId, 'seen'], page, sorted, placeOf);
  return { ...list, originSeen, hidden: Math.max(0, lineageCount - seen.length) };
}

/** In the order of the index: each under its parent. */
function placeOf({ parentId, connectionId }: Relative): string {
  return `${parentId ?? ''}#${connectionId}`;
}
