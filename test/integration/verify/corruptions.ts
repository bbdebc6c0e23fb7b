import {
  accountPageItems,
  accountPageKey,
  parseAccountPage,
} from '../../../domain/accounts/accountList.item.ts';
import { accountSet } from '../../../domain/accounts/accountSet.ts';
import {
  connectionItem,
  connectionKey,
  parseConnection,
} from '../../../domain/connections/connection.item.ts';
import { credentialsKey } from '../../../domain/connections/credentials.ts';
import { identityItem, identityKey } from '../../../domain/identity/identity.item.ts';
import { ConnectionId, UserId } from '../../../domain/ids.ts';
import { invitationKey } from '../../../domain/invitations/invitation.item.ts';
import { invitationCountKey } from '../../../domain/invitations/invitationCount.item.ts';
import { placesUntil } from '../../../domain/invitations/places.ts';
import { membershipItem, membershipKey, parseMembership } from '../../../domain/members/member.item.ts';
import {
  itemsPerPage,
  operationKey,
  operationPartition,
  parsePlanPage,
  planPageItem,
  planPageKey,
  runningItem,
  runningKey,
} from '../../../domain/operations/operation.item.ts';
import { organizationKey } from '../../../domain/organizations/organization.item.ts';
import type { Key } from '../../../domain/table/client.ts';
import { timeToLive } from '../../../domain/table/schema.ts';
import { addressItem, addressKey } from '../../../domain/users/address.item.ts';
import { userKey } from '../../../domain/users/user.item.ts';
import { workspaceKey } from '../../../domain/workspaces/workspace.item.ts';
import type { Invariant } from '../../../infra/verify/invariant.ts';
import { at, type TestConnection, type TestUser, type TestWorkspace } from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import type { Damage } from './damage.ts';
import type { Scene } from './scene.ts';

/** Something that a table can lose or gain, and the names of everything that no longer holds by it. */
export type Corruption = [
  title: string,
  damage: (s: Scene, d: Damage) => Promise<unknown>,
  names: Invariant[],
];

const workspaceOf = ({ orgId }: Scene, { workspaceId }: TestWorkspace) => workspaceKey(orgId, workspaceId);
const personOf = ({ orgId }: Scene, { actor }: TestUser) => userKey(orgId, actor.userId);
const connectionOf = ({ orgId }: Scene, connection: TestConnection) => connectionKey(orgId, connection);
const memberOf = ({ orgId }: Scene, { workspaceId }: TestWorkspace, { actor }: TestUser) =>
  membershipKey(orgId, workspaceId, actor.userId);
const credentialsOf = ({ orgId }: Scene, origin: TestConnection) => credentialsKey({ orgId, ...origin });
const pageOf = ({ orgId }: Scene, origin: TestConnection, page = 0) =>
  accountPageKey({ orgId, ...origin }, page);
const loginOf = ({ orgId }: Scene, { actor }: TestUser) => identityKey(actor.login, orgId);
/** An hour until which a place may be held. */
const soon = ({ world }: Scene) => placesUntil(new Date(world.clock.now().getTime() + 30 * hour));
const nobody = UserId.parse('usr_nobody');

export const ofOrganizations: Corruption[] = [
  [
    'a workspace too many counted',
    (s, d) => d.add(organizationKey(s.orgId), 'workspaceCount'),
    ['workspace_count'],
  ],
  [
    'an owner whom the organization does not list',
    (s, d) => d.set(personOf(s, s.editor), 'organizationRole', 'owner'),
    ['owner_list'],
  ],
  [
    'a listed owner who is none',
    (s, d) => d.set(personOf(s, s.second), 'organizationRole', 'member'),
    ['owner_list'],
  ],
  [
    'people without an owner',
    async (s, d) => {
      for (const person of [s.owner, s.second])
        await d.set(personOf(s, person), 'organizationRole', 'member');
      await d.unset(organizationKey(s.orgId), 'ownerIds');
    },
    ['no_owner'],
  ],
  [
    'pending invitations that are not counted',
    (s, d) => d.remove(invitationCountKey(s.orgId)),
    ['invitation_count'],
  ],
  [
    'an invitation that holds its places longer than is counted',
    (s, d) => d.set(invitationKey(s.orgId, s.pending), 'placesUntil', soon(s)),
    ['invitation_count', 'invitation_count', 'invited_count', 'invited_count'],
  ],
  [
    'a pending invitation too many counted',
    (s, d) => d.set(invitationCountKey(s.orgId), 'invited', { [soon(s)]: 1 }),
    ['invitation_count', 'invitation_count'],
  ],
  ['an organization that is gone', (s, d) => d.remove(organizationKey(s.orgId)), ['organization_missing']],
];

export const ofWorkspaces: Corruption[] = [
  ['a member too many counted', (s, d) => d.add(workspaceOf(s, s.home), 'memberCount'), ['member_count']],
  [
    'places that a workspace no longer counts',
    (s, d) => d.unset(workspaceOf(s, s.home), 'invited'),
    ['invited_count'],
  ],
  [
    'places that nobody holds',
    (s, d) => d.set(workspaceOf(s, s.third), 'invited', { [soon(s)]: 1 }),
    ['invited_count'],
  ],
  ['an admin too few counted', (s, d) => d.add(workspaceOf(s, s.home), 'adminCount', -1), ['admin_count']],
  [
    'a connection too many counted',
    (s, d) => d.add(workspaceOf(s, s.home), 'connectionCount'),
    ['connection_count'],
  ],
  [
    'a copy too few counted elsewhere',
    (s, d) => d.add(workspaceOf(s, s.home), 'copiesElsewhere', -1),
    ['copies_elsewhere_count'],
  ],
  [
    'a workspace without an admin',
    async (s, d) => {
      for (const person of [s.owner, s.second]) await d.set(memberOf(s, s.home, person), 'role', 'viewer');
    },
    ['admin_count', 'no_admin', 'person_admin_count', 'person_admin_count'],
  ],
  [
    'a workspace that is gone, and what is in it is not',
    (s, d) => d.remove(workspaceOf(s, s.third)),
    ['event_without_effect', 'workspace_count', 'workspace_gone'],
  ],
  [
    'a workspace whose operation is gone',
    (s, d) => d.remove(operationKey(s.orgId, s.running)),
    ['running_marker', 'undriven_workspace'],
  ],
  [
    'a workspace that waits for nothing that it names',
    (s, d) => d.unset(workspaceOf(s, s.provisioning), 'operationId'),
    ['operation_without_workspace', 'undriven_workspace'],
  ],
  [
    'a workspace that waits for another kind of operation',
    (s, d) => d.set(workspaceOf(s, s.provisioning), 'status', 'deleting'),
    ['undriven_workspace'],
  ],
  [
    'a workspace in use that an operation works on',
    (s, d) => d.set(workspaceOf(s, s.provisioning), 'status', 'active'),
    ['undriven_workspace'],
  ],
  [
    'a workspace that waits for an operation that has ended',
    async (s, d) => {
      await d.set(workspaceOf(s, s.home), 'status', 'updating');
      await d.set(workspaceOf(s, s.home), 'operationId', s.completed);
    },
    ['undriven_workspace'],
  ],
];

export const ofPeople: Corruption[] = [
  [
    'a membership too many of a person',
    (s, d) => d.add(personOf(s, s.editor), 'workspaceCount'),
    ['person_workspace_count'],
  ],
  [
    'an admin role too many of a person',
    (s, d) => d.add(personOf(s, s.editor), 'adminCount'),
    ['person_admin_count'],
  ],
  [
    'a member who is nobody',
    (s, d) => d.remove(personOf(s, s.editor)),
    ['address_dangling', 'event_without_effect', 'identity_dangling', 'member_is_nobody'],
  ],
  [
    'a membership that is gone',
    (s, d) => d.remove(memberOf(s, s.home, s.editor)),
    ['event_without_effect', 'member_count', 'person_workspace_count'],
  ],
  [
    'a membership that came by nothing',
    async (s, d) => {
      const membership = parseMembership(await d.read(memberOf(s, s.home, s.viewer)));
      await d.put(membershipItem({ ...membership, workspaceId: s.third.workspaceId }));
    },
    ['effect_without_event', 'member_count', 'person_workspace_count'],
  ],
  [
    'somebody who was to be taken out and is not',
    (s, d) => d.unset(personOf(s, s.leaver), 'leaving'),
    // Of the person, and of the operation.
    ['effect_without_event', 'leaving', 'leaving'],
  ],
  [
    'somebody who is leaving and owns the organization',
    async (s, d) => {
      await d.set(personOf(s, s.leaver), 'organizationRole', 'owner');
      const { ownerIds } = await d.read(organizationKey(s.orgId));
      const ids = ownerIds instanceof Set ? [...ownerIds] : [];
      await d.set(organizationKey(s.orgId), 'ownerIds', new Set([...ids, s.leaver.actor.userId]));
    },
    ['leaving'],
  ],
  [
    'a login whose person is leaving and that still leads in',
    (s, d) => d.unset(loginOf(s, s.leaver), 'leaving'),
    ['leaving'],
  ],
  [
    'somebody who is leaving, and nothing takes them out',
    (s, d) => d.set(personOf(s, s.editor), 'leaving', s.running),
    ['effect_without_event', 'leaving'],
  ],
  ['a login that leads nowhere', (s, d) => d.remove(loginOf(s, s.editor)), ['identity_missing']],
  [
    'a login that leads to another',
    (s, d) => d.set(loginOf(s, s.editor), 'userId', s.viewer.actor.userId),
    ['identity_dangling', 'identity_missing'],
  ],
  [
    'a login of nobody',
    (s, d) => d.put(identityItem({ login: 'login-nobody@example.com', orgId: s.orgId, userId: nobody })),
    ['identity_dangling'],
  ],
  [
    'an address that is gone',
    (s, d) => d.remove(addressKey(s.orgId, 'editor@example.com')),
    ['address_missing'],
  ],
  [
    'an address that leads to another',
    (s, d) => d.set(addressKey(s.orgId, 'editor@example.com'), 'userId', s.viewer.actor.userId),
    ['address_dangling', 'address_missing'],
  ],
  [
    'an address that leads to two',
    (s, d) => d.set(addressKey(s.orgId, 'editor@example.com'), 'invitationId', s.pending),
    ['address_dangling'],
  ],
  [
    'an address that leads nowhere',
    (s, d) => d.put(addressItem(s.orgId, { email: 'nobody@example.com' })),
    ['address_dangling'],
  ],
  [
    'two people with one address',
    (s, d) => d.set(personOf(s, s.viewer), 'email', 'editor@example.com'),
    ['address_dangling', 'address_missing'],
  ],
  [
    'a pending invitation whose address is gone',
    (s, d) => d.remove(addressKey(s.orgId, 'pending@example.com')),
    ['address_missing'],
  ],
  [
    'the address of an invitation that is gone',
    (s, d) => d.remove(invitationKey(s.orgId, s.pending)),
    ['address_dangling', 'invitation_count', 'invited_count'],
  ],
  [
    'the address of an invitation for another',
    (s, d) => d.put(addressItem(s.orgId, { email: 'other@example.com', invitationId: s.pending })),
    ['address_dangling'],
  ],
  [
    'the address of an invitation that is kept for ever',
    (s, d) => d.unset(addressKey(s.orgId, 'pending@example.com'), timeToLive),
    ['address_expiry'],
  ],
  [
    'the address of an invitation that goes before it',
    (s, d) => d.add(addressKey(s.orgId, 'pending@example.com'), timeToLive, -1),
    ['address_expiry'],
  ],
  [
    'the address of an invitation that was revoked',
    (s, d) => d.put(addressItem(s.orgId, { email: 'revoked@example.com', invitationId: s.revoked })),
    ['address_dangling'],
  ],
];

export const ofConnections: Corruption[] = [
  ['a child too few', (s, d) => d.add(connectionOf(s, s.original), 'childCount', -1), ['child_count']],
  ['a lineage too long', (s, d) => d.add(connectionOf(s, s.original), 'lineageCount'), ['lineage_count']],
  [
    'a parent and origin that is gone',
    (s, d) => d.remove(connectionOf(s, s.original)),
    [
      'accounts_left_over',
      'connection_count',
      'credentials_left_over',
      'event_without_effect',
      'origin_gone',
      'origin_gone',
      'parent_gone',
    ],
  ],
  [
    'a parent that is gone',
    (s, d) => d.remove(connectionOf(s, s.copy)),
    [
      'child_count',
      'connection_count',
      'copies_elsewhere_count',
      'event_without_effect',
      'lineage_count',
      'parent_gone',
    ],
  ],
  [
    'a parent in another organization',
    (s, d) => d.set(connectionOf(s, s.copy), 'parent', at(s.foreign)),
    ['child_count', 'copies_elsewhere_count', 'index_entry', 'parent_gone'],
  ],
  [
    'a parent of another origin',
    (s, d) => d.set(connectionOf(s, s.copyOfCopy), 'parent', at(s.single)),
    [
      'child_count',
      'child_count',
      'copies_elsewhere_count',
      'copies_elsewhere_count',
      'index_entry',
      'lineage_mismatch',
    ],
  ],
  [
    'a copy of another origin than its id says',
    (s, d) => d.set(connectionOf(s, s.copyOfCopy), 'origin', at(s.single)),
    ['index_entry', 'lineage_count', 'lineage_count', 'lineage_mismatch', 'selection_unremembered'],
  ],
  [
    'a copy that carries other ancestors than its parent’s',
    (s, d) => d.set(connectionOf(s, s.copyOfCopy), 'ancestors', [at(s.single)]),
    ['lineage_mismatch'],
  ],
  [
    'an origin that is a copy',
    (s, d) => d.set(connectionOf(s, s.copyOfCopy), 'origin', at(s.copy)),
    ['index_entry', 'lineage_count', 'lineage_mismatch'],
  ],
  [
    'an original of another origin',
    (s, d) => d.set(connectionOf(s, s.single), 'origin', at(s.original)),
    ['index_entry', 'lineage_count', 'lineage_count', 'lineage_mismatch', 'origin_twice'],
  ],
  [
    'copies of each other',
    (s, d) => d.set(connectionOf(s, s.copy), 'parent', at(s.copyOfCopy)),
    [
      'child_count',
      'child_count',
      'copies_elsewhere_count',
      'copies_elsewhere_count',
      'index_entry',
      'lineage_mismatch',
      'lineage_mismatch',
    ],
  ],
  [
    'a copy of another data source',
    (s, d) => d.set(connectionOf(s, s.copy), 'dataSource', 'meta-ads'),
    ['data_source_mismatch'],
  ],
  [
    'two copies of one origin in a workspace',
    async (s, d) => {
      const copy = parseConnection(await d.read(connectionOf(s, s.copy)));
      const connectionId = ConnectionId.parse(`con_01test${'9'.repeat(20)}`);
      await d.put(connectionItem({ ...copy, connectionId, childCount: 0 }));
    },
    [
      'child_count',
      'connection_count',
      'copies_elsewhere_count',
      'effect_without_event',
      'lineage_count',
      'lineage_mismatch',
      'origin_twice',
    ],
  ],
  [
    'an account that the list has never had',
    (s, d) => d.set(connectionOf(s, s.copy), 'selection', { mode: 'selected', accounts: accountSet([1, 3]) }),
    ['selection_outside_list', 'selection_unremembered'],
  ],
  [
    'an account that the origin does not remember as selected',
    (s, d) => d.set(connectionOf(s, s.original), 'selectedEver', accountSet([2])),
    ['selection_unremembered'],
  ],
  [
    'a list that is to come',
    (s, d) => d.set(connectionOf(s, s.single), 'selection', { mode: 'all', asOf: 2 }),
    ['selection_outside_list'],
  ],
];

export const ofAccounts: Corruption[] = [
  ['credentials that are gone', (s, d) => d.remove(credentialsOf(s, s.original)), ['credentials_missing']],
  [
    'credentials of an earlier authorization',
    (s, d) => d.set(credentialsOf(s, s.original), 'version', 1),
    ['credentials_version'],
  ],
  [
    'credentials beside a copy',
    async (s, d) => d.put({ ...(await d.read(credentialsOf(s, s.original))), ...credentialsOf(s, s.copy) }),
    ['credentials_left_over'],
  ],
  ['a page of accounts that is gone', (s, d) => d.remove(pageOf(s, s.single)), ['accounts_missing']],
  ['a page of an earlier list', (s, d) => d.set(pageOf(s, s.single), 'version', 0), ['accounts_version']],
  [
    'a page that the origin does not know of',
    async (s, d) => d.put({ ...(await d.read(pageOf(s, s.single))), ...pageOf(s, s.single, 1) }),
    ['accounts_left_over'],
  ],
  [
    'a page of an origin that never was',
    async (s, d) => d.put({ ...(await d.read(pageOf(s, s.single))), ...pageOf(s, s.copy) }),
    ['accounts_left_over'],
  ],
  [
    'two accounts with one ordinal',
    async (s, d) => {
      const owner = { orgId: s.orgId, ...s.single };
      const { version, accounts } = parseAccountPage(await d.read(pageOf(s, s.single)));
      const twin = { ordinal: 0, id: 'twin', name: 'Twin', lostIn: 1 };
      for (const item of accountPageItems(owner, version, [...accounts, twin])) await d.put(item);
    },
    ['ordinal_twice'],
  ],
  [
    'fewer accounts than the pages offer',
    (s, d) => d.set(connectionOf(s, s.single), 'accountList.available', accountSet([0, 1])),
    ['accounts_content'],
  ],
  [
    'other accounts than the pages offer',
    (s, d) => d.set(connectionOf(s, s.single), 'accountList.available', accountSet([0, 1, 3])),
    ['accounts_content'],
  ],
];

export const ofOperations: Corruption[] = [
  [
    'an operation whose workspace is gone',
    (s, d) => d.remove(workspaceOf(s, s.provisioning)),
    ['event_without_effect', 'operation_without_workspace', 'workspace_count', 'workspace_gone'],
  ],
  [
    'an operation whose workspace was given back',
    async (s, d) => {
      await d.set(workspaceOf(s, s.provisioning), 'status', 'active');
      await d.unset(workspaceOf(s, s.provisioning), 'operationId');
    },
    ['operation_without_workspace'],
  ],
  [
    'an operation that does not move',
    ({ world, orgId, running }, d) => {
      const movedAt = new Date(world.clock.now().getTime() - 16 * 60_000).toISOString();
      return d.set(operationKey(orgId, running), 'movedAt', movedAt);
    },
    ['stuck_operation'],
  ],
  [
    'an operation that the sweep does not find',
    (s, d) => d.remove(runningKey(s.orgId, s.running)),
    ['running_marker'],
  ],
  [
    'an operation that is marked as running and is not',
    (s, d) => d.put(runningItem({ orgId: s.orgId, operationId: s.completed })),
    ['running_marker'],
  ],
  [
    'an operation whose present page of the plan is gone',
    (s, d) => d.remove(planPageKey(s.orgId, s.running, 0)),
    ['plan_missing'],
  ],
  [
    'an operation whose last page of the plan is gone',
    (s, d) => d.remove(planPageKey(s.orgId, s.running, itemsPerPage)),
    ['plan_missing'],
  ],
  [
    'an operation whose plan is too short',
    async (s, d) => {
      const key = planPageKey(s.orgId, s.running, itemsPerPage);
      await d.put(planPageItem(key, parsePlanPage(await d.read(key)).slice(1), 0));
    },
    ['plan_missing'],
  ],
  [
    'an operation that ended too early',
    (s, d) => d.add(operationKey(s.orgId, s.completed), 'done', -1),
    ['operation_cursor'],
  ],
  [
    'an operation that is beyond its plan',
    (s, d) => d.set(operationKey(s.orgId, s.running), 'done', 101),
    ['operation_cursor'],
  ],
  [
    'an operation that pauses and has tried nothing',
    (s, d) => d.set(operationKey(s.orgId, s.running), 'nextTryAt', '2026-03-02T09:00:00.000Z'),
    ['operation_pause'],
  ],
  [
    'an operation that has ended and fails',
    (s, d) => d.set(operationKey(s.orgId, s.completed), 'failingSince', '2026-03-02T09:00:00.000Z'),
    ['operation_pause'],
  ],
  [
    'an operation that fails since no time',
    (s, d) => d.set(operationKey(s.orgId, s.running), 'failingSince', 'yesterday'),
    ['operation_pause'],
  ],
  [
    'a list of what was skipped that is gone',
    (s, d) => d.remove({ pk: operationPartition(s.orgId, s.running), sk: 'SKIPPED#00000000' }),
    ['skipped_count'],
  ],
];

/** The event of a type that names something. */
function eventOf({ events }: Scene, type: string, id: string): Key {
  const found = events.find((event) => event.type === type && JSON.stringify(event).includes(id));
  if (!found) throw new Error(`No ${type} names ${id}.`);
  return { pk: found.pk, sk: found.sk };
}

/** By which the reconnection of the lineage through its last copy is listed at home. */
function referenceOf(s: Scene): Key {
  const { sk } = eventOf(s, 'connection.reconnected', s.copyOfCopy.connectionId);
  return { pk: `ORG#${s.orgId}#LINEAGE#${s.original.connectionId}#EVENTS`, sk: `EVENT#${sk}` };
}

export const ofEvents: Corruption[] = [
  [
    'a copy without its event',
    async (s, d) => d.remove(eventOf(s, 'connection.copied', s.copyOfCopy.connectionId)),
    ['effect_without_event'],
  ],
  [
    'an event that happened twice',
    async (s, d) => {
      const event = await d.read(eventOf(s, 'connection.copied', s.copyOfCopy.connectionId));
      const eventId = 'evt_twice';
      await d.put({ ...event, sk: eventId, gsi1sk: eventId, eventId });
    },
    ['event_without_effect'],
  ],
  [
    'a workspace and its first member without their event',
    async (s, d) => d.remove(eventOf(s, 'workspace.created', s.third.workspaceId)),
    ['effect_without_event', 'effect_without_event'],
  ],
  [
    'a workspace that an event tells is deleted',
    async (s, d) => {
      const event = await d.read(eventOf(s, 'workspace.created', s.third.workspaceId));
      const eventId = 'evt_deleted';
      const details = { name: 'Third' };
      await d.put({ ...event, sk: eventId, gsi1sk: eventId, eventId, type: 'workspace.deleted', details });
    },
    ['effect_without_event'],
  ],
  [
    'an organization without its event',
    async (s, d) => d.remove(eventOf(s, 'organization.created', s.orgId)),
    ['effect_without_event'],
  ],
  [
    'a person, their membership and invitation without the event of their coming',
    async (s, d) => {
      await d.remove(eventOf(s, 'invitation.accepted', s.editor.actor.userId));
      await d.remove(eventOf(s, 'member.added', s.editor.actor.userId));
    },
    ['effect_without_event', 'effect_without_event', 'effect_without_event'],
  ],
  [
    'a person who by an event has left',
    async (s, d) => {
      const event = await d.read(eventOf(s, 'owner.granted', s.second.actor.userId));
      const details = { userId: s.editor.actor.userId, fromOrganization: true };
      await d.put({ ...event, sk: 'evt_left', eventId: 'evt_left', type: 'member.removed', details });
    },
    ['effect_without_event'],
  ],
  [
    'an invitation without its event',
    async (s, d) => d.remove(eventOf(s, 'invitation.created', s.expired)),
    ['effect_without_event'],
  ],
  [
    'an invitation that ended without an event',
    (s, d) => d.set(invitationKey(s.orgId, s.pending), 'status', 'revoked'),
    ['address_dangling', 'effect_without_event'],
  ],
  [
    'an invitation that is pending again',
    (s, d) => d.set(invitationKey(s.orgId, s.revoked), 'status', 'pending'),
    ['address_missing', 'event_without_effect'],
  ],
  [
    'an event of a lineage that its origin’s workspace does not list',
    (s, d) => d.remove(referenceOf(s)),
    ['event_reference'],
  ],
  [
    'a reference to an event that does not say so',
    async (s, d) => {
      const reference = await d.read(referenceOf(s));
      const eventId = 'evt_nothing';
      await d.put({ ...reference, sk: `EVENT#${eventId}`, gsi1sk: eventId, eventId });
    },
    ['event_reference'],
  ],
  [
    'a workspace that remembers an event later than it has any',
    (s, d) => d.set(workspaceOf(s, s.home), 'lastEventId', 'evt_z'),
    ['last_event'],
  ],
];

export const ofItems: Corruption[] = [
  [
    'an item under another’s key',
    async (s, d) => d.put({ ...(await d.read(memberOf(s, s.home, s.editor))), sk: 'MEMBER#usr_nobody' }),
    ['misplaced_item'],
  ],
  [
    'an item that is lost on the index',
    (s, d) => d.set(connectionOf(s, s.copy), 'gsi1sk', 'x'),
    ['index_entry'],
  ],
  [
    'an organization in another part of the directory',
    (s, d) => d.set(organizationKey(s.orgId), 'gsi1pk', 'ORGANIZATIONS#9'),
    ['index_entry'],
  ],
  [
    'an item that has no place on the index',
    async (s, d) => {
      await d.set(personOf(s, s.editor), 'gsi1pk', `ORG#${s.orgId}#USER#${s.editor.actor.userId}`);
      await d.set(personOf(s, s.editor), 'gsi1sk', 'WORKSPACE#x');
    },
    ['index_entry'],
  ],
  [
    'a connection that will expire',
    (s, d) => d.set(connectionOf(s, s.copy), timeToLive, 4_000_000_000),
    ['must_not_expire'],
  ],
  [
    'the address of a person that will expire',
    (s, d) => d.set(addressKey(s.orgId, 'editor@example.com'), timeToLive, 4_000_000_000),
    ['must_not_expire'],
  ],
  [
    'a running operation that will expire',
    (s, d) => d.set(operationKey(s.orgId, s.running), timeToLive, 4_000_000_000),
    ['must_not_expire'],
  ],
  ['an item of no known kind', (s, d) => d.put({ pk: `ORG#${s.orgId}`, sk: 'WORKSPACES' }), ['unknown_item']],
  ['an item of nobody', (_, d) => d.put({ pk: 'someone@example.com', sk: 'x' }), ['unknown_item']],
  ['an item that lacks a field', (s, d) => d.unset(workspaceOf(s, s.home), 'status'), ['unreadable_item']],
  [
    'an event whose details are not those of its type',
    (s, d) => d.set(eventOf(s, 'invitation.created', s.pending), 'details.email', 'pending@example.com'),
    ['unreadable_item'],
  ],
  [
    'an event of no time',
    (s, d) => d.set(eventOf(s, 'invitation.created', s.pending), 'at', 'soon'),
    ['unreadable_item'],
  ],
];
