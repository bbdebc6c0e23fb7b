import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { OrgId, WorkspaceId } from '../ids.ts';
import { withinMemberLimit } from '../members/membership.ts';
import { type Action, check, update } from '../table/action.ts';
import { findItems, type Key, type Reading } from '../table/client.ts';
import { atMost, type Condition, equals, exists, lacks } from '../table/condition.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import { type Find, finding } from './grants.ts';
import type { Invitation } from './invitation.item.ts';
import { type InvitationCount, invitationCountKey, parseInvitationCount } from './invitationCount.item.ts';
import { heldPlaces, isHeld, movedPlaces, type Places } from './places.ts';

/** Pending invitations of one organization. */
export const maximumPendingInvitations = 1_000;

/** What the places of an invitation stand on, as it was read: the workspaces of its grants, those that still stand. */
export type Ground = {
  orgId: OrgId;
  count: InvitationCount | undefined;
  workspaces: ReadonlyMap<WorkspaceId, Workspace>;
};

/** What others of the same request take before this one, where all are checked before the first is written. */
export type Ahead = { places: Map<WorkspaceId, number>; invitations: number };

/** Reads what the places of an invitation stand on, in one batch; `found` has all of it, and the items of `more` keys. */
export async function findGround(
  ctx: Reading,
  { orgId, grants }: Pick<Invitation, 'orgId' | 'grants'>,
  more: readonly Key[] = [],
): Promise<{ ground: Ground; found: Find }> {
  const keys = grants.map(({ workspaceId }) => workspaceKey(orgId, workspaceId));
  const found = finding(await findItems(ctx, [invitationCountKey(orgId), ...keys, ...more]));
  const count = found(invitationCountKey(orgId));
  const workspaces = keys.flatMap((key) => found(key) ?? []).map(parseWorkspace);
  const ground = {
    orgId,
    count: count && parseInvitationCount(count),
    workspaces: new Map(workspaces.map((workspace) => [workspace.workspaceId, workspace])),
  };
  return { ground, found };
}

/** Nobody is before this one. */
export const nothingAhead = (): Ahead => ({ places: new Map(), invitations: 0 });

/** Which workspaces must have room for one more, and for how many there is room. */
export type Room = { into: readonly WorkspaceId[]; memberLimit: number; ahead: Ahead };

type Move = { before?: Invitation | undefined; after?: Invitation | undefined; room?: Room };

/**
 * Gives back the places of an invitation as it was, takes those of the invitation as it will be, in its workspaces and
 * in the count of its organization, on the condition that nobody has moved them meanwhile. Members and places together
 * stay within the limit in the workspaces of `room`. Throws `member_limit_reached`, `invitation_limit_reached`.
 */
export function movePlaces(
  ctx: Pick<Context, 'now'>,
  { orgId, count, workspaces }: Ground,
  { before, after, room }: Move,
): Action[] {
  const now = ctx.now();
  const [released, taken] = [before?.placesUntil, after?.placesUntil];
  if (released === undefined && taken === undefined) return [];
  const left = new Set(before?.grants.map(({ workspaceId }) => workspaceId));
  const entered = new Set(after?.grants.map(({ workspaceId }) => workspaceId));
  const actions = [...new Set([...left, ...entered])].flatMap((id) => {
    const workspace = workspaces.get(id);
    if (!workspace) return [];
    const hours = {
      released: left.has(id) ? released : undefined,
      taken: entered.has(id) ? taken : undefined,
    };
    const places = movedPlaces(workspace.invited, hours, now);
    const changed = replaced(workspaceKey(orgId, id), workspace.invited, { invited: places }, [exists]);
    return room?.into.includes(id)
      ? [changed, roomFor(workspace, places, room, isHeld(hours.released, now) ? 0 : 1, now)]
      : [changed];
  });
  const pending = movedPlaces(count?.invited, { released, taken }, now);
  if (after) withinPendingLimit(heldPlaces(pending, now), room, isHeld(released, now) ? 0 : 1);
  return [...actions, replaced(invitationCountKey(orgId), count?.invited, { orgId, invited: pending })];
}

/** Room for a new member beside those who are invited, as a condition. Throws `member_limit_reached`. */
export function roomForMember(
  ctx: Pick<Context, 'now'>,
  { orgId, workspaceId, memberCount, invited }: Workspace,
  { memberLimit, ahead }: Pick<Room, 'memberLimit' | 'ahead'>,
): Action {
  const held = heldPlaces(invited, ctx.now());
  const others = ahead.places.get(workspaceId) ?? 0;
  withinMemberLimit(memberCount + 1 + held + others, memberLimit);
  ahead.places.set(workspaceId, others + 1);
  return check(workspaceKey(orgId, workspaceId), [
    unmoved(invited),
    atMost('memberCount', memberLimit - held - 1),
  ]);
}

function unmoved(read: Places | undefined): Condition {
  return read ? equals('invited', read) : lacks('invited');
}

function replaced(
  key: Key,
  read: Places | undefined,
  set: { invited: Places; orgId?: OrgId },
  when: readonly Condition[] = [],
): Action {
  return update(key, { set }, { when: [...when, unmoved(read)] });
}

function roomFor(
  { orgId, workspaceId, memberCount }: Workspace,
  places: Places,
  { memberLimit, ahead }: Room,
  more: number,
  now: Date,
): Action {
  const held = heldPlaces(places, now);
  const others = ahead.places.get(workspaceId) ?? 0;
  withinMemberLimit(memberCount + held + others, memberLimit);
  ahead.places.set(workspaceId, others + more);
  return check(workspaceKey(orgId, workspaceId), [atMost('memberCount', memberLimit - held)]);
}

function withinPendingLimit(pending: number, room: Room | undefined, more: number): void {
  const others = room?.ahead.invitations ?? 0;
  if (pending + others > maximumPendingInvitations)
    throw new DomainError(
      'invitation_limit_reached',
      `An organization has at most ${maximumPendingInvitations} pending invitations: revoke some, or wait until they are accepted or expire.`,
      { extra: { limit: maximumPendingInvitations } },
    );
  if (room) room.ahead.invitations = others + more;
}
