import * as z from 'zod/mini';
import { accessTo, callerOf, isAnyAdmin } from '../access/access.ts';
import type { SupportContext, UserContext } from '../context.ts';
import { forbidden } from '../errors.ts';
import { type OrgId, WorkspaceId } from '../ids.ts';
import { getOrganization } from '../organizations/organization.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { visibleWorkspaces } from '../workspaces/visibleWorkspaces.ts';
import {
  type Event,
  EventType,
  eventsPartition,
  parseEvent,
  workspaceEventsPartition,
} from './event.item.ts';

export const EventsQuery = z.strictObject({
  ...pageQuery,
  workspaceId: z.optional(WorkspaceId),
  type: z.optional(EventType),
});

export const OrganizationEventsQuery = z.strictObject({ ...pageQuery, type: z.optional(EventType) });

export const EventView = z.object({
  eventId: z.string(),
  type: EventType,
  at: z.string(),
  actor: z.object({
    kind: z.enum(['user', 'support', 'service']),
    id: z.string(),
    email: z.optional(z.string()),
  }),
  workspaceId: z.optional(z.string()),
  details: z.record(z.string(), z.unknown()),
});
export type EventView = z.output<typeof EventView>;

export function viewEvent({ eventId, type, at, actor, workspaceId, details }: Event): EventView {
  return { eventId, type, at, actor, ...(workspaceId && { workspaceId }), details };
}

/**
 * Audit events, newest first: all of them for an owner, those of the workspaces they administer for an admin.
 * Throws `not_found`, `forbidden`.
 */
export async function listEvents(
  ctx: UserContext,
  { workspaceId, type, ...page }: z.output<typeof EventsQuery>,
): Promise<Page<EventView>> {
  const { orgId } = ctx.actor;
  const list = ['events', workspaceId, type];
  if (workspaceId) {
    await accessTo(ctx, workspaceId, 'admin');
    const partition = workspaceEventsPartition(orgId, workspaceId);
    return pageOf(ctx, list, page, { ...eventsFrom(partition, type), onIndex: true });
  }
  const user = await callerOf(ctx);
  if (!isAnyAdmin(user)) throw forbidden('Only owners and admins see audit events.');
  const all = eventsFrom(eventsPartition(orgId), type);
  if (user.organizationRole === 'owner') return pageOf(ctx, list, page, all);
  const visible = await visibleWorkspaces(ctx, user);
  const theirs = new Set<string>([...visible].filter(([, { role }]) => role === 'admin').map(([id]) => id));
  return pageOf(ctx, list, page, eventsFrom(eventsPartition(orgId), type, theirs));
}

/** An organization's events for support. Throws `not_found`. */
export async function listOrganizationEvents(
  ctx: SupportContext,
  orgId: OrgId,
  { type, ...page }: z.output<typeof OrganizationEventsQuery>,
): Promise<Page<EventView>> {
  await getOrganization(ctx, orgId);
  return pageOf(ctx, ['organization-events', orgId, type], page, eventsFrom(eventsPartition(orgId), type));
}

/** `administered`: only what concerns these workspaces is shown, of an invitation into several only those. */
function eventsFrom(partition: string, type: EventType | undefined, administered?: ReadonlySet<string>) {
  return {
    partition,
    newestFirst: true,
    sparse: true,
    resolve: (items: unknown[]) =>
      items
        .map(parseEvent)
        .map((event) => (type === undefined || event.type === type ? viewEvent(event) : undefined))
        .map((event) => (event && administered ? within(event, administered) : event)),
  };
}

const Grants = z.array(z.looseObject({ workspaceId: z.string() }));

function within(event: EventView, administered: ReadonlySet<string>): EventView | undefined {
  if (event.workspaceId !== undefined) return administered.has(event.workspaceId) ? event : undefined;
  const grants = Grants.safeParse(event.details.grants);
  const shown = grants.success ? grants.data.filter(({ workspaceId }) => administered.has(workspaceId)) : [];
  return shown.length > 0 ? { ...event, details: { ...event.details, grants: shown } } : undefined;
}
