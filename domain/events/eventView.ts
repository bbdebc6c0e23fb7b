import * as z from 'zod/mini';
import type { EffectiveRole } from '../access/access.ts';
import { type ConnectionId, WorkspaceId } from '../ids.ts';
import { type Event, EventActor } from './event.item.ts';
import { EventType, eventDetails } from './eventDetails.ts';

/** An event as its readers see it. */
export const EventView = z.object({
  eventId: z.string(),
  type: EventType,
  at: z.string(),
  actor: EventActor,
  workspaceId: z.optional(z.string()),
  details: z.record(z.string(), z.unknown()),
});
export type EventView = z.output<typeof EventView>;

/** Somebody by what they are in each workspace that they see. Owners, support and the bus read everything. */
export type Reader = 'everything' | LimitedReader;
type LimitedReader = {
  roles: ReadonlyMap<WorkspaceId, EffectiveRole>;
  /** The lineage of a connection that they manage and ask about: all that happened to it concerns them. */
  originId?: ConnectionId | undefined;
};

const Grants = z.array(z.looseObject({ workspaceId: WorkspaceId }));

/** Every workspace among whose events one is. */
export function workspacesOf({ workspaceId, listedIn = [], details }: Event): WorkspaceId[] {
  const { data: grants = [] } = Grants.safeParse(details.grants);
  const all = [...listedIn, ...grants.map((grant) => grant.workspaceId)];
  return [...new Set(workspaceId ? [workspaceId, ...all] : all)];
}

/** Whether an event concerns a workspace that a reader administers, or the lineage that they ask about. */
export function isVisible(event: Event, reader: Reader): boolean {
  if (reader === 'everything') return true;
  const isTheirs = event.originId !== undefined && event.originId === reader.originId;
  return isTheirs || workspacesOf(event).some((id) => administers(reader, id));
}

function administers({ roles }: LimitedReader, id: WorkspaceId): boolean {
  return ['owner', 'admin'].includes(roles.get(id) ?? '');
}

/**
 * An event that is visible, as the reader may see it. Of an invitation they
 * see the grants there. Of what happened through a workspace that they can't see they learn neither that workspace nor
 * its connection; the accounts of a lineage are for those who may choose among them in the origin's workspace.
 */
export function viewEvent(event: Event, reader: Reader, email?: string): EventView {
  const { eventId, type, at, actor, workspaceId } = event;
  const details = detailsOf(event, email);
  if (reader === 'everything')
    return { eventId, type, at, actor, ...(workspaceId && { workspaceId }), details };
  const isSeen = workspaceId !== undefined && reader.roles.has(workspaceId);
  if (workspaceId && !isSeen) delete details.connectionId;
  for (const list of ['grants', 'dropped'] as const) {
    const { data } = Grants.safeParse(details[list]);
    if (data) details[list] = data.filter((grant) => administers(reader, grant.workspaceId));
  }
  withoutHiddenAccounts(event, details, reader);
  return { eventId, type, at, actor, ...(isSeen && { workspaceId }), details };
}

const Counted = z.object({ count: z.int() });
const CountedList = z.object({ total: z.int(), added: Counted, lost: Counted });

function withoutHiddenAccounts(
  { workspaceId, listedIn = [], originId }: Event,
  details: Record<string, unknown>,
  { roles }: LimitedReader,
): void {
  // The first edition named lost accounts, wherever the event stood.
  delete details.lost;
  const origin = listedIn[0] ?? workspaceId;
  const role = origin && roles.get(origin);
  if (!originId || (role && role !== 'viewer')) return;
  const { data } = CountedList.safeParse(details.accountList);
  if (data) details.accountList = data;
}

/**
 * In the order of their schema, whatever order the table gives back; what an older edition wrote, by name. The address of
 * an invitation, which the first edition stored in its events, is `email` alone.
 */
function detailsOf({ type, details }: Event, email: string | undefined): Record<string, unknown> {
  const known = eventDetails[type].safeParse(details);
  const shown = known.success ? known.data : Object.fromEntries(sortedEntries(details));
  if (!type.startsWith('invitation.')) return { ...shown };
  const { invitationId, email: _, ...rest }: Record<string, unknown> = shown;
  return { invitationId, ...(email !== undefined && { email }), ...rest };
}

function sortedEntries(value: object): [string, unknown][] {
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => [key, sorted(one)]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return typeof value === 'object' && value !== null ? Object.fromEntries(sortedEntries(value)) : value;
}
