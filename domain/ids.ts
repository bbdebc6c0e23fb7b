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

/** Ids from a ULID source (https://github.com/ulid/spec), in lower case. */
export function idsFrom(ulid: () => string): NewId {
  // The one place where a fresh string becomes a branded id.
  return <Prefix extends keyof IdOf>(prefix: Prefix) =>
    `${prefix}_${ulid().toLowerCase()}` as string as IdOf[Prefix];
}
