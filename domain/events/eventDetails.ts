import * as z from 'zod/mini';
import { Role } from '../members/member.item.ts';
import { Limits } from '../organizations/organization.item.ts';

/** An event names so many of what it lists, and counts the rest. */
export const maxListed = 100;

/** Account ids in their order, the first 100 (fewer where they are long or one event has many lists), and how many there are. */
const AccountIds = z.strictObject({
  accountIds: z.array(z.string()).check(z.maxLength(maxListed)),
  count: z.int(),
});
export type AccountIds = z.output<typeof AccountIds>;

const Mode = z.enum(['all', 'selected']);
const modes = z.strictObject({ before: Mode, after: Mode });
const texts = z.strictObject({ before: z.string(), after: z.string() });

/** What a copy got: `all` follows what its parent has, however that changes; `selected` just these. */
const CopiedAccounts = z.strictObject({
  mode: Mode,
  accountIds: z.optional(z.array(z.string()).check(z.maxLength(maxListed))),
  count: z.int(),
});
const Copied = z.strictObject({
  connectionId: z.string(),
  parentId: z.string(),
  accounts: CopiedAccounts,
});
export type Copied = z.output<typeof Copied>;

/** How a connection selects now, and which accounts that gave and took. */
const SelectionChange = z.strictObject({ mode: modes, added: AccountIds, removed: AccountIds });
export type SelectionChange = z.output<typeof SelectionChange>;

/** What a data source offers now, and what it has gained and lost. */
const ListChange = z.strictObject({ total: z.int(), added: AccountIds, lost: AccountIds });
export type ListChange = z.output<typeof ListChange>;

const Deleted = {
  connectionId: z.optional(z.string()),
  name: z.optional(z.string()),
  originId: z.optional(z.string()),
  parentId: z.optional(z.string()),
};
const Failure = z.strictObject({ code: z.string(), message: z.string() });
const Named = z.strictObject({ name: z.string(), description: z.string() });
const Member = z.strictObject({ userId: z.string(), role: Role });
const Ownership = z.strictObject({ userId: z.string(), email: z.string() });

/** The invitee is named by `invitationId` alone: their address is read from the invitation as long as that is kept. */
const Invitation = z.strictObject({
  invitationId: z.string(),
  grants: z.array(z.strictObject({ workspaceId: z.string(), role: Role, invitedBy: z.string() })),
  organizationRole: z.optional(z.literal('owner')),
});

/** Somebody leaves the organization by an operation, or is back because it was given up. */
const ofOrganization = {
  operationId: z.optional(z.string()),
  organizationRole: z.optional(z.enum(['owner', 'member'])),
};

/**
 * What the events of each type say, in the order in which it is shown. One thing stands in `details` itself; a step of an
 * operation tells of many in `members` or `connections`.
 */
export const eventDetails = {
  'organization.created': z.strictObject({ name: z.string(), limits: Limits }),
  'limits.changed': z.strictObject({ reason: z.string(), before: Limits, after: Limits }),
  'owner.granted': Ownership,
  'owner.revoked': Ownership,

  'workspace.created': z.strictObject({
    name: z.string(),
    operationId: z.optional(z.string()),
    memberCount: z.optional(z.int()),
    connectionCount: z.optional(z.int()),
    members: z.optional(z.array(Member)),
    connections: z.optional(z.array(Copied)),
  }),
  'workspace.updated': z.strictObject({
    before: z.optional(Named),
    after: z.optional(Named),
    status: z.optional(z.literal('deleting')),
    operationId: z.optional(z.string()),
    connectionsToCopy: z.optional(z.int()),
  }),
  'workspace.deleted': z.strictObject({ name: z.string() }),

  'member.added': z.strictObject({
    userId: z.optional(z.string()),
    role: z.optional(Role),
    invitedBy: z.optional(z.string()),
    invitationId: z.optional(z.string()),
    members: z.optional(z.array(Member)),
    ...ofOrganization,
    toOrganization: z.optional(z.boolean()),
  }),
  'member.role_changed': z.strictObject({
    userId: z.optional(z.string()),
    before: z.optional(Role),
    after: z.optional(Role),
    members: z.optional(z.array(z.strictObject({ userId: z.string(), before: Role, after: Role }))),
  }),
  /** `email` of somebody who was in the organization and has left it. */
  'member.removed': z.strictObject({
    userId: z.optional(z.string()),
    role: z.optional(Role),
    email: z.optional(z.string()),
    fromOrganization: z.optional(z.boolean()),
    members: z.optional(z.array(Member)),
    ...ofOrganization,
  }),

  'invitation.created': Invitation,
  'invitation.resent': Invitation,
  'invitation.revoked': Invitation,
  'invitation.accepted': z.extend(Invitation, {
    dropped: z.array(z.strictObject({ workspaceId: z.string(), role: Role, code: z.string() })),
  }),

  'connection.created': z.strictObject({
    connectionId: z.string(),
    name: z.string(),
    dataSource: z.string(),
    accountCount: z.int(),
  }),
  'connection.copied': z.strictObject({ connections: z.array(Copied) }),
  /** A name or a selection of one connection, or the list of accounts of a lineage. */
  'connection.updated': z.strictObject({
    connectionId: z.string(),
    originId: z.string(),
    name: z.optional(texts),
    selection: z.optional(SelectionChange),
    accountList: z.optional(ListChange),
  }),
  'connection.reconnected': z.strictObject({
    connectionId: z.string(),
    originId: z.string(),
    reconnected: z.int(),
    authorizationVersion: z.int(),
    businessAccountName: z.optional(texts),
    accountList: z.optional(ListChange),
  }),
  'connection.failed': z.strictObject({
    connectionId: z.string(),
    originId: z.string(),
    authorizationVersion: z.int(),
    error: Failure,
  }),
  /** `error` is what it failed of before. */
  'connection.recovered': z.strictObject({
    connectionId: z.string(),
    originId: z.string(),
    authorizationVersion: z.int(),
    error: z.optional(Failure),
  }),
  'connection.deleted': z.strictObject({
    ...Deleted,
    connections: z.optional(z.array(z.strictObject(Deleted))),
  }),
} as const;

/** What happened. */
export const EventType = z.keyof(z.object(eventDetails));
export type EventType = z.output<typeof EventType>;

/** The details of events of one type. */
export type DetailsOf<Type extends EventType> = z.output<(typeof eventDetails)[Type]>;
