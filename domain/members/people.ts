import type { UserContext } from '../context.ts';
import { DomainError, type Fault } from '../errors.ts';
import type { UserId, WorkspaceId } from '../ids.ts';
import { findItems, queryAll } from '../table/client.ts';
import { parseUser, type User, userKey } from '../users/user.item.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';
import {
  type Membership,
  memberPrefix,
  membershipKey,
  membershipsPartition,
  parseMembership,
} from './member.item.ts';

/** Every member of a workspace, in the order they are listed. */
export async function membersOf(ctx: UserContext, workspaceId: WorkspaceId): Promise<Membership[]> {
  const partition = workspacePartition(ctx.actor.orgId, workspaceId);
  return Array.fromAsync(queryAll(ctx, { partition, prefix: memberPrefix }), parseMembership);
}

/** People of the organization by id; those who are not in it, or are leaving it, are missing. */
export async function usersById(ctx: UserContext, ids: readonly UserId[]): Promise<Map<UserId, User>> {
  const items = await findItems(
    ctx,
    ids.map((id) => userKey(ctx.actor.orgId, id)),
  );
  const present = items.map(parseUser).filter(({ leaving }) => !leaving);
  return new Map(present.map((user) => [user.userId, user]));
}

/** Throws `unknown_user`, naming everybody who is not in the organization. */
export async function refuseUnknown(
  ctx: UserContext,
  ids: readonly UserId[],
  pointer: string,
): Promise<void> {
  const known = await usersById(ctx, ids);
  const errors: Fault[] = ids.flatMap((id, n) =>
    known.has(id)
      ? []
      : [{ pointer: `${pointer}/${n}/userId`, detail: 'Nobody in the organization has this id.' }],
  );
  if (errors.length > 0)
    throw new DomainError('unknown_user', 'Somebody named is not in the organization; see errors.', {
      extra: { errors },
    });
}

/** Throws `unknown_user`, naming everybody who is not a member of the workspace. */
export async function refuseNonMembers(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  ids: readonly UserId[],
  pointer: string,
): Promise<void> {
  const keys = ids.map((id) => membershipKey(ctx.actor.orgId, workspaceId, id));
  const members = new Set((await findItems(ctx, keys)).map((item) => parseMembership(item).userId));
  const errors: Fault[] = ids.flatMap((id, n) =>
    members.has(id)
      ? []
      : [{ pointer: `${pointer}/${n}`, detail: 'No member of the workspace has this id.' }],
  );
  if (errors.length > 0)
    throw new DomainError('unknown_user', 'Somebody named is not in the workspace; see errors.', {
      extra: { errors },
    });
}

/** The memberships of one person, found by the index: for showing, never for deciding. */
export async function membershipsOf(ctx: UserContext, userId: UserId): Promise<Membership[]> {
  const partition = membershipsPartition(ctx.actor.orgId, userId);
  return Array.fromAsync(queryAll(ctx, { partition, onIndex: true, prefix: 'WORKSPACE#' }), parseMembership);
}
