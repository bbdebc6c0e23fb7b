import * as z from 'zod/mini';
import { ConnectionId, type EventId, firstEventIdAt } from '../ids.ts';
import type { Event } from './event.item.ts';
import { EventType } from './eventDetails.ts';

const Time = z.iso.datetime({ offset: true, error: 'is not an ISO 8601 time' });

/** What to look for: `from` is included, `to` is not. */
export const eventFilters = {
  type: z.optional(EventType),
  actorId: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
  connectionId: z.optional(ConnectionId),
  from: z.optional(Time),
  to: z.optional(Time),
};

/** 400 where a time range ends before it begins. */
export const inTime = z.refine<Pick<EventFilter, 'from' | 'to'>>(
  ({ from, to }) => from === undefined || to === undefined || Date.parse(from) <= Date.parse(to),
  { path: ['from'], error: 'is later than to' },
);

export type EventFilter = {
  type?: EventType | undefined;
  actorId?: string | undefined;
  connectionId?: ConnectionId | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** What a filter is, for a cursor to be bound to. */
export function partsOfFilter({
  type,
  actorId,
  connectionId,
  from,
  to,
}: EventFilter): (string | undefined)[] {
  return [type, actorId, connectionId, from, to];
}

/** An id is made within that of the time that its event says, however far apart clocks are. */
const marginMilliseconds = 60_000;

/** Between which ids the events of a filter's time are; by `at` they are then compared. */
export function idsWithin({ from, to }: EventFilter): { least: string; greatest: string } {
  const at = (time: string, margin: number): EventId => firstEventIdAt(Date.parse(time) + margin);
  return {
    least: from === undefined ? 'evt_' : at(from, -marginMilliseconds),
    greatest: to === undefined ? 'evt_~' : at(to, marginMilliseconds),
  };
}

/** Whether a filter leaves anything out but by time. */
export function isSelective({ type, actorId, connectionId }: EventFilter): boolean {
  return [type, actorId, connectionId].some((part) => part !== undefined);
}

/** Whether an event is what is looked for. */
export function matchesFilter(event: Event, filter: EventFilter): boolean {
  const { type, actorId, connectionId, from, to } = filter;
  const at = Date.parse(event.at);
  return (
    (type === undefined || event.type === type) &&
    (actorId === undefined || event.actor.id === actorId) &&
    (connectionId === undefined || concerns(event, connectionId)) &&
    (from === undefined || at >= Date.parse(from)) &&
    (to === undefined || at < Date.parse(to))
  );
}

const Named = z.object({
  connectionId: z.optional(z.string()),
  parentId: z.optional(z.string()),
  originId: z.optional(z.string()),
});
const Details = z.extend(Named, { connections: z._default(z.array(Named), []) });

/** In the first edition these said of which lineage they were in their details alone. */
const ofLineages: readonly EventType[] = ['connection.reconnected', 'connection.failed'];

/** Whether an event tells of a connection: itself, what was copied from it, or what its whole lineage shares. */
function concerns({ type, originId, details }: Event, connectionId: ConnectionId): boolean {
  const { data } = Details.safeParse(details);
  if (!data) return false;
  const lineage = originId ?? (ofLineages.includes(type) ? data.originId : undefined);
  return (
    lineage === originIdOf(connectionId) ||
    [data, ...data.connections].some((one) => [one.connectionId, one.parentId].includes(connectionId))
  );
}

/** The id of a copy ends in its origin's part (docs/adr/0003), so it names its lineage when it is gone itself. */
function originIdOf(connectionId: ConnectionId): string {
  return `con_${connectionId.slice(-26)}`;
}
