import type { AccountSet } from '../../domain/accounts/accountSet.ts';
import type { Connection, Reference } from '../../domain/connections/connection.item.ts';
import type { Identity } from '../../domain/identity/identity.item.ts';
import type { Invitation } from '../../domain/invitations/invitation.item.ts';
import type { Places } from '../../domain/invitations/places.ts';
import type { Operation } from '../../domain/operations/operation.item.ts';
import type { Organization } from '../../domain/organizations/organization.item.ts';
import type { timeToLive } from '../../domain/table/schema.ts';
import type { Address } from '../../domain/users/address.item.ts';
import type { User } from '../../domain/users/user.item.ts';
import type { Workspace } from '../../domain/workspaces/workspace.item.ts';
import { newTold, type Told } from './told.ts';

/** What an item can be. */
export type KindName =
  | 'organization'
  | 'workspace'
  | 'user'
  | 'membership'
  | 'address'
  | 'identity'
  | 'invitation'
  | 'invitationCount'
  | 'connection'
  | 'credentials'
  | 'accounts'
  | 'operation'
  | 'running'
  | 'plan'
  | 'skipped'
  | 'event'
  | 'reference'
  | 'idempotency';

/** What is kept of a workspace. */
export type WorkspaceFact = Pick<
  Workspace,
  | 'workspaceId'
  | 'status'
  | 'operationId'
  | 'memberCount'
  | 'adminCount'
  | 'invited'
  | 'connectionCount'
  | 'copiesElsewhere'
  | 'lastEventId'
>;

/** What is kept of a person. */
export type PersonFact = Pick<
  User,
  'userId' | 'login' | 'organizationRole' | 'workspaceCount' | 'adminCount' | 'leaving'
> & {
  emails: readonly string[];
};

/** What is kept of an invitation. */
export type InvitationFact = Pick<Invitation, 'email' | 'status' | 'placesUntil' | typeof timeToLive> & {
  workspaceIds: readonly string[];
};

/** What is kept of a connection. */
export type ConnectionFact = Pick<
  Connection,
  'workspaceId' | 'connectionId' | 'dataSource' | 'parent' | 'ancestors' | 'origin' | 'childCount'
> & {
  mode: Connection['selection']['mode'];
  /** Of `selected` the greatest ordinal, -1 of none; of `all` the version of the list that it is as of. */
  upTo: number;
  shared?: OriginFact;
};

/** And of an origin beside it. */
export type OriginFact = {
  lineageCount: number;
  authorizationVersion: number;
  selectedEver: AccountSet | undefined;
  list: { version: number; pages: number; storedPages: number; nextOrdinal: number; available: Digest };
};

/** A set of ordinals, in short: two sets with the same count and sum are taken for the same. */
export type Digest = { count: number; sum: number };

/** What is kept of a page of accounts. */
export type PageFact = {
  page: number;
  version: number;
  offered: Digest;
  /** Lost accounts too. */
  count: number;
  ordinals: AccountSet;
};

/** What is kept of an operation. */
export type OperationFact = Pick<
  Operation,
  | 'operationId'
  | 'kind'
  | 'workspaceId'
  | 'userId'
  | 'state'
  | 'total'
  | 'done'
  | 'skippedCount'
  | 'attempts'
  | 'movedAt'
  | 'failingSince'
  | 'nextTryAt'
>;

/** How many memberships, and how many of them as an admin. */
export type Roles = { all: number; admins: number };

/**
 * What is kept of one organization while the table is read, not its items: an object of these fields for each person,
 * workspace, connection (0.7 KB, measured), address, login and invitation, five numbers and a set of accounts (1.25 KB for
 * 10,000) for each page of accounts, such a set for each lineage, a number for each page of a plan. Memberships and idempotency records are only counted; of events see `told.ts`.
 */
export type Tenant = {
  orgId: string;
  /** Kinds of which an item could not be read: what counts or names these can't be judged. */
  unreadable: Set<KindName>;
  organization: Pick<Organization, 'workspaceCount' | 'ownerIds'> | undefined;
  workspaces: Map<string, WorkspaceFact>;
  people: Map<string, PersonFact>;
  /** Memberships, by workspace and by person. */
  members: Map<string, Roles>;
  memberships: Map<string, Roles>;
  addresses: Map<string, Omit<Address, 'email'>>;
  /** Who a login is. */
  identities: Map<string, Pick<Identity, 'userId' | 'leaving'>>;
  invitations: Map<string, InvitationFact>;
  /** The places that invited people hold in the organization. */
  invited: Places | undefined;
  /** By place, like the two maps of what stands beside an origin. */
  connections: Map<string, ConnectionFact>;
  /** All that the connections of a lineage select by name, by the place of its origin. */
  selectedByName: Map<string, AccountSet>;
  credentialsVersions: Map<string, number>;
  accountPages: Map<string, PageFact[]>;
  operations: Map<string, OperationFact>;
  /** Operations that are marked as running. */
  running: Set<string>;
  /** Items on each page of a plan, by operation. */
  planPages: Map<string, Map<number, number>>;
  /** What steps left out, by operation. */
  skipped: Map<string, number>;
  told: Told;
};

/** An organization of which nothing has been read. */
export function newTenant(orgId: string): Tenant {
  return {
    orgId,
    unreadable: new Set(),
    organization: undefined,
    workspaces: new Map(),
    people: new Map(),
    members: new Map(),
    memberships: new Map(),
    addresses: new Map(),
    identities: new Map(),
    invitations: new Map(),
    invited: undefined,
    connections: new Map(),
    selectedByName: new Map(),
    credentialsVersions: new Map(),
    accountPages: new Map(),
    operations: new Map(),
    running: new Set(),
    planPages: new Map(),
    skipped: new Map(),
    told: newTold(),
  };
}

/** Where a connection stands, as a key of the maps. */
export function placeOf({ workspaceId, connectionId }: Reference): string {
  return `${workspaceId} ${connectionId}`;
}
