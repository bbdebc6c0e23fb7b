import type { UserContext } from '../context.ts';
import { timestamp } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { OrgId, UserId, WorkspaceId } from '../ids.ts';
import { type Action, put, update } from '../table/action.ts';
import { absent } from '../table/condition.ts';
import { isPresent, userKey } from '../users/user.item.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { type Membership, membershipItem, type Role } from './member.item.ts';

/**
 * Somebody as a member who is in the organization and stays, and their count of memberships; the workspace's own counts
 * are the caller's to add.
 */
export function memberActions(membership: Membership): Action[] {
  const { orgId, userId, role } = membership;
  return [
    newMember(membership),
    update(
      userKey(orgId, userId),
      { add: { workspaceCount: 1, adminCount: role === 'admin' ? 1 : 0, version: 1 } },
      { when: [isPresent] },
    ),
  ];
}

/** The membership alone, of a person whose counts are written elsewhere in the transaction. */
export function newMember(membership: Membership): Action {
  return put(membershipItem(membership), { when: [absent] });
}

/** A membership that starts now. */
export function newMembership(
  ctx: UserContext,
  { workspaceId, userId, role }: { workspaceId: WorkspaceId; userId: UserId; role: Role },
): Membership {
  return {
    orgId: ctx.actor.orgId,
    workspaceId,
    userId,
    role,
    addedAt: timestamp(ctx),
    addedBy: ctx.actor.userId,
    version: 1,
  };
}

/** The workspace's counts after members came or went. */
export function memberCounts(
  ctx: Pick<UserContext, 'now'>,
  orgId: OrgId,
  workspaceId: WorkspaceId,
  counts: { members: number; admins: number },
): Action {
  return update(workspaceKey(orgId, workspaceId), {
    add: { memberCount: counts.members, adminCount: counts.admins, version: 1 },
    set: { updatedAt: timestamp(ctx) },
  });
}

/** 409 where a workspace would have more members than the organization's limit. */
export function withinMemberLimit(count: number, limit: number): void {
  if (count > limit)
    throw new DomainError(
      'member_limit_reached',
      `A workspace of this organization holds ${limit} members.`,
      {
        extra: { limit, wanted: count },
      },
    );
}
