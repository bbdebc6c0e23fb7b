import { type Access, freeFor } from '../access/access.ts';
import { timestamp, type UserContext } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import type { OperationId, UserId } from '../ids.ts';
import { type Action, remove, update } from '../table/action.ts';
import { findItems } from '../table/client.ts';
import { above, atMost, type Condition, equals, exists } from '../table/condition.ts';
import { isPresent, userKey } from '../users/user.item.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { type Membership, membershipItem, membershipKey, parseMembership, type Role } from './member.item.ts';
import { memberActions, newMembership, withinMemberLimit } from './membership.ts';

export type MemberChanges = {
  set: readonly { userId: UserId; role: Role }[];
  remove: readonly UserId[];
};

export type PlannedMembers = {
  actions: Action[];
  events: EventDraft[];
  /** The memberships that the plan rests on, as they were read. */
  before: ReadonlyMap<UserId, Membership>;
  /** The memberships after the change, in the order of `set`. */
  memberships: Membership[];
};

/**
 * Decides what it takes to give people these roles in a workspace, adding those who are not in it, and to take others
 * out, as one change: at least one admin is left after all of it. Who already is as asked takes no action.
 * Throws `last_admin`, `member_limit_reached`, `not_found` for somebody to remove who is not a member.
 */
export async function planMembers(
  ctx: UserContext,
  { workspace }: Pick<Access, 'workspace'>,
  changes: MemberChanges,
  { memberLimit, operationId }: { memberLimit: number; operationId?: OperationId | undefined },
): Promise<PlannedMembers> {
  const { orgId, workspaceId } = workspace;
  const ids = [...changes.set.map(({ userId }) => userId), ...changes.remove];
  const items = await findItems(
    ctx,
    ids.map((id) => membershipKey(orgId, workspaceId, id)),
  );
  const present = new Map(items.map(parseMembership).map((membership) => [membership.userId, membership]));
  const planned: PlannedMembers = { actions: [], events: [], before: present, memberships: [] };
  let members = 0;
  let admins = 0;
  for (const { userId, role } of changes.set) {
    const before = present.get(userId);
    if (before) admins += adminsIn(role) - adminsIn(before.role);
    else {
      members += 1;
      admins += adminsIn(role);
    }
    add(
      planned,
      before ? changedRole(before, role) : addedMember(newMembership(ctx, { workspaceId, userId, role })),
    );
  }
  for (const userId of changes.remove) {
    const before = present.get(userId);
    if (!before) throw notFound();
    members -= 1;
    admins -= adminsIn(before.role);
    add(planned, removedMember(before));
  }
  if (planned.actions.length === 0) return planned;
  if (workspace.adminCount + admins < 1) throw lastAdmin();
  if (members > 0) withinMemberLimit(workspace.memberCount + members, memberLimit);
  planned.actions.push(counted(ctx, { orgId, workspaceId, members, admins, memberLimit, operationId }));
  return planned;
}

type Part = { actions: Action[]; event?: EventDraft; membership?: Membership };

function add(planned: PlannedMembers, { actions, event, membership }: Part): void {
  planned.actions.push(...actions);
  if (event) planned.events.push(event);
  if (membership) planned.memberships.push(membership);
}

function adminsIn(role: Role): number {
  return role === 'admin' ? 1 : 0;
}

function addedMember(membership: Membership): Part {
  const { orgId, workspaceId, userId, role } = membership;
  const event: EventDraft = { orgId, type: 'member.added', workspaceId, details: { userId, role } };
  return { actions: memberActions(membership), event, membership };
}

function changedRole(before: Membership, role: Role): Part {
  const { orgId, workspaceId, userId } = before;
  if (before.role === role) return { actions: [], membership: before };
  const after = { ...before, role, version: before.version + 1 };
  const { pk: _pk, sk: _sk, gsi1pk: _gsi1pk, gsi1sk: _gsi1sk, ...set } = membershipItem(after);
  return {
    membership: after,
    actions: [
      update(
        membershipKey(orgId, workspaceId, userId),
        { set },
        { when: [equals('version', before.version)] },
      ),
      update(
        userKey(orgId, userId),
        { add: { adminCount: adminsIn(role) - adminsIn(before.role), version: 1 } },
        { when: [isPresent] },
      ),
    ],
    event: {
      orgId,
      type: 'member.role_changed',
      workspaceId,
      details: { userId, before: before.role, after: role },
    },
  };
}

/** A membership that ends, and the person's counts. */
export function removedMember(before: Membership): Part & { event: EventDraft } {
  const { orgId, workspaceId, userId, role, version } = before;
  return {
    actions: [
      remove(membershipKey(orgId, workspaceId, userId), { when: [equals('version', version)] }),
      update(
        userKey(orgId, userId),
        { add: { workspaceCount: -1, adminCount: -adminsIn(role), version: 1 } },
        { when: [exists] },
      ),
    ],
    event: { orgId, type: 'member.removed', workspaceId, details: { userId, role } },
  };
}

type Counts = Pick<Membership, 'orgId' | 'workspaceId'> & {
  members: number;
  admins: number;
  memberLimit: number;
  operationId: OperationId | undefined;
};

/** The workspace's counts, with an admin left and no more members than the limit. */
function counted(
  ctx: UserContext,
  { orgId, workspaceId, members, admins, memberLimit, operationId }: Counts,
): Action {
  const when: Condition[] = [freeFor(operationId)];
  if (admins < 0) when.push(above('adminCount', -admins));
  if (members > 0) when.push(atMost('memberCount', memberLimit - members));
  return update(
    workspaceKey(orgId, workspaceId),
    { add: { memberCount: members, adminCount: admins, version: 1 }, set: { updatedAt: timestamp(ctx) } },
    { when },
  );
}

/** As many workspaces are named in a refusal; `workspaceCount` tells how many there are. */
const namedAtMost = 100;

export function lastAdmin(workspaces?: readonly { workspaceId: string; name: string }[]): DomainError {
  return new DomainError(
    'last_admin',
    'A workspace keeps at least one admin: make somebody else one first.',
    {
      extra: workspaces
        ? { workspaces: workspaces.slice(0, namedAtMost), workspaceCount: workspaces.length }
        : {},
    },
  );
}
