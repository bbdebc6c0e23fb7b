import {
  type Access,
  accessToMany,
  allowing,
  notBusy,
  rightHolds,
  workspaceIsActive,
} from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import { membershipKey, parseMembership } from '../members/member.item.ts';
import { memberActions, memberCounts, newMembership } from '../members/membership.ts';
import { type Limits, organizationKey, parseOrganization } from '../organizations/organization.item.ts';
import { check, put } from '../table/action.ts';
import { findItem, findItems, type Item } from '../table/client.ts';
import { absent, equals } from '../table/condition.ts';
import type { Plan } from '../table/write.ts';
import { type Address, addressKey, parseAddress } from '../users/address.item.ts';
import { parseUser, userKey } from '../users/user.item.ts';
import { parseWorkspace, workspaceKey } from '../workspaces/workspace.item.ts';
import { canBeAccepted } from './canBeAccepted.ts';
import { finding } from './grants.ts';
import { type Ahead, type Ground, movePlaces, roomForMember } from './holdPlaces.ts';
import {
  type Grant,
  type Invitation,
  invitationItem,
  invitationKey,
  parseInvitation,
} from './invitation.item.ts';
import { statusOf } from './invitation.view.ts';
import { invitationCountKey, parseInvitationCount } from './invitationCount.item.ts';
import type { Invited, InvitedPerson } from './invite.ts';
import { addressIsAsRead, firstAddress, isMailed, repeatedAddress } from './invitedAddress.ts';
import { invitationEvent, newInvitation } from './newInvitation.ts';

/** What the plan for one person stands on, as it was read. */
type Scene = {
  rights: readonly Access[];
  limits: Limits;
  address: Address | undefined;
  ground: Ground;
  ahead: Ahead;
};

/**
 * Decides what it takes to invite one person, or to add them when they are in the organization. Throws `not_found`,
 * `forbidden`, `workspace_busy`, `member_limit_reached`, `invitation_limit_reached`, `validation_failed`.
 */
export async function planInvitation(
  ctx: UserContext,
  person: InvitedPerson,
  ahead: Ahead,
): Promise<Plan<Invited>> {
  const { orgId } = ctx.actor;
  const accesses = await accessToMany(
    ctx,
    person.grants.map(({ workspaceId }) => workspaceId),
  );
  const rights = person.grants.map(({ workspaceId }) => {
    const access = accesses.get(workspaceId);
    if (!access) throw notFound();
    notBusy(access.workspace);
    return allowing(access, 'admin');
  });
  const keys = [organizationKey(orgId), addressKey(orgId, person.email), invitationCountKey(orgId)];
  const [organization, entry, count] = keys.map(finding(await findItems(ctx, keys)));
  const address = entry && parseAddress(entry);
  const ground = {
    orgId,
    count: count && parseInvitationCount(count),
    workspaces: new Map(rights.map(({ workspace }) => [workspace.workspaceId, workspace])),
  };
  const scene = { rights, limits: parseOrganization(organization).limits, address, ground, ahead };
  return address?.userId ? addAtOnce(ctx, person, address.userId, scene) : inviteAnew(ctx, person, scene);
}

async function addAtOnce(
  ctx: UserContext,
  { email, grants }: InvitedPerson,
  userId: NonNullable<Address['userId']>,
  { rights, limits, ahead }: Scene,
): Promise<Plan<Invited>> {
  const { orgId } = ctx.actor;
  const keys = grants.map(({ workspaceId }) => membershipKey(orgId, workspaceId, userId));
  const found = finding(await findItems(ctx, [userKey(orgId, userId), ...keys]));
  refuseLeaving(email, found(userKey(orgId, userId)));
  const memberships = keys.flatMap((key) => found(key) ?? []).map(parseMembership);
  const present = new Map(memberships.map(({ workspaceId, role }) => [workspaceId, role]));
  const missing = grants.filter(({ workspaceId }) => !present.has(workspaceId));
  const entered = rights.filter(({ workspace }) => !present.has(workspace.workspaceId));
  const roles = grants.map(({ workspaceId, role }) => ({
    workspaceId,
    role: present.get(workspaceId) ?? role,
  }));
  const [only, ...others] = roles;
  return {
    answer:
      missing.length > 0
        ? { email, status: 'added', grants: roles }
        : { email, status: 'unchanged', grants: roles, ...(others.length === 0 && { role: only?.role }) },
    actions: [
      ...entered.map((access) => rightHolds(ctx, access, 'admin')),
      ...entered.map(({ workspace }) =>
        roomForMember(ctx, workspace, { memberLimit: limits.membersPerWorkspace, ahead }),
      ),
      ...missing.flatMap(({ workspaceId, role }) => [
        check(workspaceKey(orgId, workspaceId), [workspaceIsActive]),
        memberCounts(ctx, orgId, workspaceId, { members: 1, admins: role === 'admin' ? 1 : 0 }),
        ...memberActions(newMembership(ctx, { workspaceId, userId, role })),
      ]),
    ],
    events: missing.map(({ workspaceId, role }) => ({
      orgId,
      type: 'member.added',
      workspaceId,
      details: { userId, role },
    })),
  };
}

/** Whoever is leaving keeps their address until they are out: it can't be given to an invitation before. */
function refuseLeaving(email: string, person: Item | undefined): void {
  if (person && parseUser(person).leaving)
    throw new DomainError(
      'unknown_user',
      `${email} is being removed from the organization; invite them again afterwards.`,
      { extra: { errors: [{ pointer: '#/invitations', detail: `${email} is being removed.` }] } },
    );
}

async function inviteAnew(
  ctx: UserContext,
  { email, grants }: InvitedPerson,
  { rights, limits, address, ground, ahead }: Scene,
): Promise<Plan<Invited>> {
  const { orgId, userId } = ctx.actor;
  const earlier = await earlierInvitation(ctx, address);
  const pending = earlier && statusOf(ctx, earlier) === 'pending' ? earlier : undefined;
  const fresh = newInvitation(ctx, {
    orgId,
    email,
    grants: mergedGrants(pending?.grants ?? [], grants, userId),
    invitedBy: userId,
    organizationRole: pending?.organizationRole,
  });
  if (!canBeAccepted(fresh)) throw tooMany(email);
  // It stays one and the same, so that an older link is known as one that was replaced.
  const invitation = earlier
    ? { ...fresh, invitationId: earlier.invitationId, version: earlier.version + 1 }
    : fresh;
  const when = addressIsAsRead(address);
  const into = grants.map(({ workspaceId }) => workspaceId);
  const room = { into, memberLimit: limits.membersPerWorkspace, ahead };
  return {
    answer: { invitationId: invitation.invitationId, email, status: 'invited' },
    actions: [
      ...rights.map((access) => rightHolds(ctx, access, 'admin')),
      ...into.map((workspaceId) => check(workspaceKey(orgId, workspaceId), [workspaceIsActive])),
      isMailed(ctx, address) ? repeatedAddress(ctx, invitation, when) : firstAddress(invitation, when),
      put(invitationItem(invitation), { when: [earlier ? equals('version', earlier.version) : absent] }),
      ...movePlaces(ctx, await groundWith(ctx, ground, earlier?.grants ?? []), {
        before: earlier,
        after: invitation,
        room,
      }),
    ],
    events: [invitationEvent('invitation.created', invitation)],
  };
}

async function earlierInvitation(
  ctx: UserContext,
  address: Address | undefined,
): Promise<Invitation | undefined> {
  if (!address?.invitationId) return undefined;
  const item = await findItem(ctx, invitationKey(ctx.actor.orgId, address.invitationId));
  return item && parseInvitation(item);
}

/** What was promised before and is not named again, and what is named now. */
function mergedGrants(
  before: readonly Grant[],
  named: InvitedPerson['grants'],
  invitedBy: Grant['invitedBy'],
): Grant[] {
  const kept = before.filter((k) => !named.some(({ workspaceId }) => workspaceId === k.workspaceId));
  return [...kept, ...named.map((grant): Grant => ({ ...grant, invitedBy }))];
}

function tooMany(email: string): DomainError {
  return new DomainError(
    'validation_failed',
    'One invitation can’t hold the workspaces that this person is already invited to together with these.',
    {
      extra: {
        errors: [{ pointer: '#/invitations', detail: `${email}: too many workspaces in one invitation.` }],
      },
    },
  );
}

/** The same with the workspaces of an earlier invitation that were not named again. */
async function groundWith(ctx: UserContext, ground: Ground, grants: readonly Grant[]): Promise<Ground> {
  const others = grants.filter(({ workspaceId }) => !ground.workspaces.has(workspaceId));
  if (others.length === 0) return ground;
  const keys = others.map(({ workspaceId }) => workspaceKey(ground.orgId, workspaceId));
  const found = (await findItems(ctx, keys)).map(parseWorkspace);
  const workspaces = new Map([
    ...ground.workspaces,
    ...found.map((workspace) => [workspace.workspaceId, workspace] as const),
  ]);
  return { ...ground, workspaces };
}
