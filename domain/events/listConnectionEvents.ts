import * as z from 'zod/mini';
import type { Reference } from '../connections/connection.item.ts';
import { openConnection } from '../connections/getConnection.ts';
import type { UserContext } from '../context.ts';
import { type Page, pageQuery } from '../table/page.ts';
import { snapshot } from '../table/write.ts';
import { workspaceEventsPartition } from './event.item.ts';
import { eventFilters, inTime, partsOfFilter } from './eventFilter.ts';
import type { EventView } from './eventView.ts';
import { filteredPage, lineageSource, readerOfOne } from './listEvents.ts';

const { connectionId: _, ...filters } = eventFilters;
export const ConnectionEventsQuery = z.strictObject({ ...pageQuery, ...filters }).check(inTime);

/**
 * The history of a connection, newest first: what happened to itself, and to all that its lineage shares, through
 * whichever connection. For admins of its workspace. Throws `not_found`, `forbidden`, `invalid_cursor`.
 */
export async function listConnectionEvents(
  ctx: UserContext,
  at: Reference,
  { limit, cursor, ...asked }: z.output<typeof ConnectionEventsQuery>,
): Promise<Page<EventView>> {
  const { orgId } = ctx.actor;
  const { access, connection } = await snapshot(ctx, () => openConnection(ctx, at, 'admin'));
  const { workspaceId, connectionId, origin } = connection;
  const filter = { ...asked, connectionId };
  const list = ['connection-events', workspaceId, ...partsOfFilter(filter)];
  const page = { limit, cursor };
  return filteredPage(ctx, list, page, {
    orgId,
    sources: [
      { partition: workspaceEventsPartition(orgId, workspaceId), onIndex: true },
      lineageSource(orgId, origin.connectionId),
    ],
    filter,
    readerOf: readerOfOne(ctx, access, origin.connectionId),
  });
}
