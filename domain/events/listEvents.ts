import * as z from 'zod/mini';
import { type Access, accessToMany, allowing, callerOf, isAnyAdmin } from '../access/access.ts';
import { connectionKey, parseConnection } from '../connections/connection.item.ts';
import { findConnection } from '../connections/getConnection.ts';
import type { Context, SupportContext, UserContext } from '../context.ts';
import { forbidden, notFound } from '../errors.ts';
import { type ConnectionId, type OrgId, WorkspaceId } from '../ids.ts';
import { getOrganization } from '../organizations/organization.ts';
import { findItems, query } from '../table/client.ts';
import { type Page, type PageInput, pageQuery } from '../table/page.ts';
import { type Visible, visibleByBatch, visibleWorkspaces } from '../workspaces/visibleWorkspaces.ts';
import {
  type Event,
  eventsPartition,
  lineageEventsPartition,
  referencePrefix,
  workspaceEventsPartition,
} from './event.item.ts';
import {
  type EventFilter,
  eventFilters,
  idsWithin,
  inTime,
  isSelective,
  matchesFilter,
  partsOfFilter,
} from './eventFilter.ts';
import { type EventSource, pageOfEvents } from './eventPage.ts';
import { type EventView, isVisible, type Reader, viewEvent, workspacesOf } from './eventView.ts';
import { invitedEmails } from './invitedEmails.ts';

export const EventsQuery = z
  .strictObject({ ...pageQuery, workspaceId: z.optional(WorkspaceId), ...eventFilters })
  .check(inTime);
export type EventsQuery = z.output<typeof EventsQuery>;

export const OrganizationEventsQuery = z.strictObject({ ...pageQuery, ...eventFilters }).check(inTime);

/**
 * Audit events, newest first: all of them for an owner, those of the workspaces they administer for an admin. An owner may
 * name a workspace that is gone. By a connection also what happened to its lineage through any other.
 * What was done in one workspace stands in the order in which it was written.
 * Throws `not_found`, `forbidden`, `invalid_cursor`.
 */
export async function listEvents(
  ctx: UserContext,
  { workspaceId, limit, cursor, ...filter }: EventsQuery,
): Promise<Page<EventView>> {
  const page = { limit, cursor };
  if (workspaceId) return listWorkspaceEvents(ctx, workspaceId, page, filter);
  const { orgId } = ctx.actor;
  const user = await callerOf(ctx);
  if (!isAnyAdmin(user)) throw forbidden('Only owners and admins see audit events.');
  const isOwner = user.organizationRole === 'owner';
  const readerOf = isOwner ? async () => 'everything' as const : await readerOfAll(ctx, user, filter);
  return filteredPage(ctx, ['events', undefined, ...partsOfFilter(filter)], page, {
    orgId,
    sources: [{ partition: eventsPartition(orgId) }],
    filter,
    isSparse: !isOwner || isSelective(filter),
    readerOf,
  });
}

/**
 * An admin of some workspaces: their roles in those that a page tells of are read with it. Of the lineage of a connection
 * that stands in one of theirs too: for that all of theirs are looked through.
 */
async function readerOfAll(
  ctx: UserContext,
  user: Access['user'],
  { connectionId }: EventFilter,
): Promise<(events: readonly Event[]) => Promise<Reader>> {
  if (!connectionId) {
    const visible = visibleByBatch(ctx, user);
    return async (events) => ({ roles: rolesIn(await visible(events.flatMap(workspacesOf))) });
  }
  const roles = rolesIn(await visibleWorkspaces(ctx, user));
  const administered = [...roles].filter(([, role]) => role === 'admin').map(([id]) => id);
  const keys = administered.map((id) => connectionKey(ctx.actor.orgId, { workspaceId: id, connectionId }));
  const found = (await findItems(ctx, keys)).map(parseConnection);
  const originId = found.find((one) => one.connectionId === connectionId)?.origin.connectionId;
  return async () => ({ roles, originId });
}

function rolesIn(visible: ReadonlyMap<WorkspaceId, Visible>): ReadonlyMap<WorkspaceId, Visible['role']> {
  return new Map([...visible].map(([id, { role }]) => [id, role]));
}

/** The events of one workspace; by a connection that stands there with those of its lineage. */
async function listWorkspaceEvents(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  page: PageInput,
  filter: EventFilter,
): Promise<Page<EventView>> {
  const { orgId } = ctx.actor;
  const { connectionId } = filter;
  const access = await accessToEvents(ctx, workspaceId);
  const connection = connectionId && (await findConnection(ctx, orgId, { workspaceId, connectionId }));
  const originId = connection?.origin.connectionId;
  return filteredPage(ctx, ['events', workspaceId, ...partsOfFilter(filter)], page, {
    orgId,
    sources: [
      { partition: workspaceEventsPartition(orgId, workspaceId), onIndex: true },
      ...(originId ? [lineageSource(orgId, originId)] : []),
    ],
    filter,
    readerOf: readerOfOne(ctx, access, originId),
  });
}

/** What a whole lineage shares has a list of its own. */
export function lineageSource(orgId: OrgId, originId: ConnectionId): EventSource {
  return { partition: lineageEventsPartition(orgId, originId), prefix: referencePrefix };
}

/** The caller's right to the events of a workspace; of one that is gone only an owner has it, if it ever stood. */
async function accessToEvents(ctx: UserContext, workspaceId: WorkspaceId): Promise<Access | 'owner'> {
  const access = (await accessToMany(ctx, [workspaceId])).get(workspaceId);
  if (access) return allowing(access, 'admin');
  const partition = workspaceEventsPartition(ctx.actor.orgId, workspaceId);
  if ((await callerOf(ctx)).organizationRole !== 'owner') throw notFound();
  const { items } = await query(ctx, { partition, onIndex: true, limit: 1 });
  if (items.length === 0) throw notFound();
  return 'owner';
}

/** The reader of one workspace's events: their roles where these also lead to are read with each page. */
export function readerOfOne(
  ctx: UserContext,
  access: Access | 'owner',
  originId?: ConnectionId,
): (events: readonly Event[]) => Promise<Reader> {
  if (access === 'owner' || access.role === 'owner') return async () => 'everything';
  const { workspaceId } = access.workspace;
  return async (events) => {
    const others = new Set(events.flatMap(workspacesOf));
    others.delete(workspaceId);
    const seen = others.size > 0 ? await accessToMany(ctx, [...others]) : new Map<WorkspaceId, Access>();
    const roles = new Map([...seen, [workspaceId, access] as const].map(([id, { role }]) => [id, role]));
    return { roles, originId };
  };
}

/** An organization's events for support. Throws `not_found`, `invalid_cursor`. */
export async function listOrganizationEvents(
  ctx: SupportContext,
  orgId: OrgId,
  { limit, cursor, ...filter }: z.output<typeof OrganizationEventsQuery>,
): Promise<Page<EventView>> {
  await getOrganization(ctx, orgId);
  const list = ['organization-events', orgId, ...partsOfFilter(filter)];
  const sources = [{ partition: eventsPartition(orgId) }];
  const readerOf = async (): Promise<Reader> => 'everything';
  return filteredPage(ctx, list, { limit, cursor }, { orgId, sources, filter, readerOf });
}

type Asked = {
  orgId: OrgId;
  sources: readonly EventSource[];
  filter: EventFilter;
  isSparse?: boolean;
  readerOf: (events: readonly Event[]) => Promise<Reader>;
};

/** A page of those events that a filter lets through and a reader may see. Throws `invalid_cursor`. */
export async function filteredPage(
  ctx: Context,
  list: readonly (string | undefined)[],
  page: PageInput,
  { orgId, sources, filter, isSparse = isSelective(filter), readerOf }: Asked,
): Promise<Page<EventView>> {
  return pageOfEvents(ctx, list, page, {
    orgId,
    sources,
    ...idsWithin(filter),
    isSparse,
    show: async (events) => {
      const matching = events.filter((event) => matchesFilter(event, filter));
      const reader = await readerOf(matching);
      const visible = matching.filter((event) => isVisible(event, reader));
      const emails = await invitedEmails(ctx, orgId, visible);
      const shown = new Map(
        visible.map((event) => [event.eventId, viewEvent(event, reader, emails.get(event.eventId))]),
      );
      return events.map(({ eventId }) => shown.get(eventId));
    },
  });
}
