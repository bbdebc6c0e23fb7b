import * as z from 'zod/mini';
import { EventId, OrgId, WorkspaceId } from '../ids.ts';
import type { Item } from '../table/client.ts';

export const EventType = z.enum([
  'workspace.created',
  'workspace.updated',
  'workspace.deleted',
  'member.added',
  'member.role_changed',
  'member.removed',
  'invitation.created',
  'invitation.resent',
  'invitation.revoked',
  'invitation.accepted',
  'connection.created',
  'connection.copied',
  'connection.updated',
  'connection.reconnected',
  'connection.failed',
  'connection.deleted',
  'limits.changed',
  'owner.granted',
  'owner.revoked',
  'organization.created',
]);
export type EventType = z.output<typeof EventType>;

const stored = z.object({
  orgId: OrgId,
  eventId: EventId,
  type: EventType,
  at: z.string(),
  actor: z.object({
    kind: z.enum(['user', 'support', 'service']),
    id: z.string(),
    email: z.optional(z.string()),
  }),
  workspaceId: z.optional(WorkspaceId),
  details: z.record(z.string(), z.unknown()),
});
/** Audit record and outbox in one: written with its effect, published from the stream. */
export type Event = z.output<typeof stored>;

/** An organization's events, in one partition: a new event's id is the greatest, so newest first is one query. */
export function eventsPartition(orgId: OrgId): string {
  return `ORG#${orgId}#EVENTS`;
}

/** On the index: the events of one workspace. */
export function workspaceEventsPartition(orgId: OrgId, workspaceId: WorkspaceId): string {
  return `ORG#${orgId}#WORKSPACE#${workspaceId}#EVENTS`;
}

export function eventItem(event: Event): Item {
  return {
    pk: eventsPartition(event.orgId),
    sk: event.eventId,
    ...(event.workspaceId && {
      gsi1pk: workspaceEventsPartition(event.orgId, event.workspaceId),
      gsi1sk: event.eventId,
    }),
    ...event,
  };
}

export function parseEvent(item: unknown): Event {
  return z.parse(stored, item);
}
