import * as z from 'zod/mini';

/** What an id may look like when a client sends it. A well-formed id that was never issued is simply not found. */
const form = z.string().check(z.regex(/^[A-Za-z0-9_]{1,128}$/, 'is not an id'));

export const OrgId = form.brand<'OrgId'>();
export const UserId = form.brand<'UserId'>();
export const WorkspaceId = form.brand<'WorkspaceId'>();
export const ConnectionId = form.brand<'ConnectionId'>();
export const InvitationId = form.brand<'InvitationId'>();
export const OperationId = form.brand<'OperationId'>();
export const EventId = form.brand<'EventId'>();

export type OrgId = z.output<typeof OrgId>;
export type UserId = z.output<typeof UserId>;
export type WorkspaceId = z.output<typeof WorkspaceId>;
export type ConnectionId = z.output<typeof ConnectionId>;
export type InvitationId = z.output<typeof InvitationId>;
export type OperationId = z.output<typeof OperationId>;
export type EventId = z.output<typeof EventId>;

/** Prefix of an id → its type. */
export type IdOf = {
  org: OrgId;
  usr: UserId;
  wsp: WorkspaceId;
  con: ConnectionId;
  inv: InvitationId;
  opr: OperationId;
  evt: EventId;
};

/** Makes a fresh id: opaque, prefixed, sortable by time. */
export type NewId = <Prefix extends keyof IdOf>(prefix: Prefix) => IdOf[Prefix];

/** A ULID begins with its time in milliseconds, ten digits to the base of 32: https://github.com/ulid/spec */
const digits = '0123456789abcdefghjkmnpqrstvwxyz';
const timeLength = 10;
const eventPrefix = 'evt_';

/** The least id that an event of that time, in epoch milliseconds, can have. */
export function firstEventIdAt(milliseconds: number): EventId {
  let rest = Math.max(0, Math.floor(milliseconds));
  let time = '';
  for (let n = 0; n < timeLength; n++) {
    time = `${digits[rest % digits.length]}${time}`;
    rest = Math.floor(rest / digits.length);
  }
  return EventId.parse(`${eventPrefix}${time}`);
}

/** The time of an event's id, in epoch milliseconds. */
export function timeOf(eventId: EventId): number {
  const time = eventId.slice(eventPrefix.length, eventPrefix.length + timeLength);
  return [...time].reduce((sum, digit) => sum * digits.length + digits.indexOf(digit), 0);
}

/** A fresh id that is greater than `after`: itself when it is, else with the time of that and a millisecond. */
export function idAfter(fresh: EventId, after: EventId | undefined): EventId {
  if (after === undefined || fresh > after) return fresh;
  const chance = fresh.slice(eventPrefix.length + timeLength);
  return EventId.parse(`${firstEventIdAt(timeOf(after) + 1)}${chance}`);
}

/** Ids from a ULID source (https://github.com/ulid/spec), in lower case. */
export function idsFrom(ulid: () => string): NewId {
  // The one place where a fresh string becomes a branded id.
  return <Prefix extends keyof IdOf>(prefix: Prefix) =>
    `${prefix}_${ulid().toLowerCase()}` as string as IdOf[Prefix];
}
