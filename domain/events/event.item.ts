import * as z from 'zod/mini';
import { ConnectionId, EventId, OrgId, WorkspaceId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import { EventType } from './eventDetails.ts';

export const EventActor = z.object({
  kind: z.enum(['user', 'support', 'service']),
  id: z.string(),
  email: z.optional(z.string()),
});

/** Events of this version have the details that `eventDetails` says. */
export const schemaVersion = 2;

const stored = z.object({
  orgId: OrgId,
  eventId: EventId,
  type: EventType,
  at: z.string(),
  actor: EventActor,
  /** Where it happened. */
  workspaceId: z.optional(WorkspaceId),
  /** Other workspaces that it concerns, among whose events it is listed too. */
  listedIn: z.optional(z.array(WorkspaceId)),
  /** Of what concerns a whole lineage: whose events it is listed among. */
  originId: z.optional(ConnectionId),
  /** An earlier event of the same transaction, which the lists of this one's workspace show right after it. */
  companionId: z.optional(EventId),
  /** Absent in the first edition, whose details had no schemas. */
  schemaVersion: z.optional(z.literal(schemaVersion)),
  details: z.record(z.string(), z.unknown()),
});
/** Audit record and outbox in one: written with its effect, published from the stream. */
export type Event = z.output<typeof stored>;

/** Lists an event once more, under a lineage or another workspace. It is no event: the stream's worker is not given it. */
const reference = z.object({
  orgId: OrgId,
  eventId: EventId,
  originId: z.optional(ConnectionId),
  workspaceId: z.optional(WorkspaceId),
});
export type EventReference = z.output<typeof reference>;

export const referencePrefix = 'EVENT#';

/** An organization's events, in one partition: a new event's id is the greatest, so newest first is one query. */
export function eventsPartition(orgId: OrgId): string {
  return `ORG#${orgId}#EVENTS`;
}

/** On the index: the events of one workspace, and references to events that concern it too. */
export function workspaceEventsPartition(orgId: OrgId, workspaceId: WorkspaceId): string {
  return `ORG#${orgId}#WORKSPACE#${workspaceId}#EVENTS`;
}

/** References to the events of a whole lineage. */
export function lineageEventsPartition(orgId: OrgId, originId: ConnectionId): string {
  return `ORG#${orgId}#LINEAGE#${originId}#EVENTS`;
}

export function eventKey(orgId: OrgId, eventId: EventId): Key {
  return { pk: eventsPartition(orgId), sk: eventId };
}

export function eventItem(event: Event): Item {
  const { orgId, eventId, workspaceId = event.listedIn?.[0] } = event;
  return {
    ...eventKey(orgId, eventId),
    ...(workspaceId && { gsi1pk: workspaceEventsPartition(orgId, workspaceId), gsi1sk: eventId }),
    ...event,
  };
}

/** Everything by which an event is listed beside its own item, which stands in the list of one workspace. */
export function referencesTo({
  orgId,
  eventId,
  workspaceId,
  listedIn = [],
  originId,
}: Event): EventReference[] {
  const others = workspaceId ? listedIn : listedIn.slice(1);
  if (!originId) return others.map((other) => ({ orgId, eventId, workspaceId: other }));
  // That of the lineage lists it in the origin's workspace as well.
  return [{ orgId, eventId, originId, ...(others[0] && { workspaceId: others[0] }) }];
}

export function referenceItem(to: EventReference): Item {
  const { orgId, eventId, originId, workspaceId } = to;
  const list = workspaceId && workspaceEventsPartition(orgId, workspaceId);
  const pk = originId ? lineageEventsPartition(orgId, originId) : list;
  if (!pk) throw new Error(`A reference to ${eventId} stands nowhere.`);
  return {
    pk,
    sk: `${referencePrefix}${eventId}`,
    ...(list && { gsi1pk: list, gsi1sk: eventId }),
    ...to,
  };
}

export function parseEvent(item: unknown): Event {
  return z.parse(stored, item);
}

export function parseReference(item: unknown): EventReference {
  return z.parse(reference, item);
}
