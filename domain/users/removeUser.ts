import { callerOf, notBusy, workspaceIsActive } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { forbidden, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import { identityKey } from '../identity/identity.item.ts';
import type { UserId, WorkspaceId } from '../ids.ts';
import { type Membership, membershipKey, parseMembership } from '../members/member.item.ts';
import { lastAdmin, removedMember } from '../members/memberChanges.ts';
import { membershipsOf } from '../members/people.ts';
import { planOperation } from '../operations/acceptOperation.ts';
import { type OperationSummary, summaryOf } from '../operations/getOperation.ts';
import type { WorkItem } from '../operations/operation.item.ts';
import { getOrganization } from '../organizations/organization.ts';
import { ownerLeaves } from '../organizations/owners.ts';
import { type Action, check, remove, update } from '../table/action.ts';
import { findItem, findItems } from '../table/client.ts';
import { above, equals } from '../table/condition.ts';
import { fits, type Plan, write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import { addressKey } from './address.item.ts';
import { parseUser, type User, userKey } from './user.item.ts';

export type Removed = { operation: OperationSummary } | null;

/**
 * Takes somebody out of every workspace and of the organization, as one; as an operation when they are in many.
 * For owners. Throws `not_found`, `forbidden`, `last_admin` with the workspaces in the way, `last_owner`,
 * `workspace_busy`, `version_mismatch`.
 */
export async function removeUser(
  ctx: UserContext,
  userId: UserId,
  expectedVersion?: ExpectedVersion,
): Promise<Removed> {
  return write(ctx, async () => {
    const caller = await callerOf(ctx);
    if (caller.organizationRole !== 'owner')
      throw forbidden('Only owners remove people from the organization.');
    const user = await findUser(ctx, userId);
    if (!user) throw notFound();
    expectVersion(expectedVersion, user.version);
    const memberships = await standing(ctx, user);
    const direct = await directPlan(ctx, user, memberships);
    const right = ownerHolds(ctx);
    const plan = {
      ...direct,
      actions: [right, ...direct.actions],
      callerLeaves: userId === ctx.actor.userId,
    };
    if (fits(ctx, plan)) return plan;
    const { callerLeaves } = plan;
    return { ...(await operationPlan(ctx, right, user, memberships)), callerLeaves };
  });
}

async function findUser(ctx: UserContext, userId: UserId): Promise<User | undefined> {
  const item = await findItem(ctx, userKey(ctx.actor.orgId, userId));
  return item && parseUser(item);
}

type Standing = { membership: Membership; workspace: Workspace };

/** Their memberships, found on the index and read consistently, with the workspaces. Refuses to leave one without admin. */
async function standing(ctx: UserContext, { orgId, userId, organizationRole }: User): Promise<Standing[]> {
  if (organizationRole === 'owner') ownerLeaves(await getOrganization(ctx, orgId), userId);
  const ids = (await membershipsOf(ctx, userId)).map(({ workspaceId }) => workspaceId);
  const items = await findItems(
    ctx,
    ids.flatMap((id) => [membershipKey(orgId, id, userId), workspaceKey(orgId, id)]),
  );
  const memberships = items.filter(({ sk }) => sk.startsWith('MEMBER#')).map(parseMembership);
  const workspaces = new Map<WorkspaceId, Workspace>(
    items
      .filter(({ sk }) => sk.startsWith('WORKSPACE#'))
      .map(parseWorkspace)
      .map((workspace) => [workspace.workspaceId, workspace]),
  );
  const found = memberships.flatMap((membership): Standing[] => {
    const workspace = workspaces.get(membership.workspaceId);
    return workspace ? [{ membership, workspace }] : [];
  });
  for (const { workspace } of found) notBusy(workspace);
  const inTheWay = found.filter(
    ({ membership, workspace }) => membership.role === 'admin' && workspace.adminCount <= 1,
  );
  if (inTheWay.length > 0)
    throw lastAdmin(inTheWay.map(({ workspace: { workspaceId, name } }) => ({ workspaceId, name })));
  return found;
}

async function directPlan(
  ctx: UserContext,
  user: User,
  memberships: readonly Standing[],
): Promise<Plan<Removed>> {
  const { orgId } = user;
  const leaving = memberships.map(({ membership }) => removedMember(membership));
  // The person's item goes as a whole, with the counts that were read.
  const own = userKey(orgId, user.userId).sk;
  const actions = leaving.flatMap(({ actions: all }) => all.filter(({ key }) => key.sk !== own));
  const farewell = await goodbye(ctx, user, memberships.length);
  return {
    answer: null,
    actions: [...actions, ...memberships.map(({ membership }) => oneLess(membership)), ...farewell],
    events: [...leaving.map(({ event }) => event), leftEvent(user)],
  };
}

function oneLess({ orgId, workspaceId, role }: Membership): Action {
  const isAdmin = role === 'admin';
  return update(
    workspaceKey(orgId, workspaceId),
    { add: { memberCount: -1, adminCount: isAdmin ? -1 : 0, version: 1 } },
    { when: [workspaceIsActive, ...(isAdmin ? [above('adminCount', 1)] : [])] },
  );
}

function leftEvent({ orgId, userId, email }: User): EventDraft {
  return { orgId, type: 'member.removed', details: { userId, email, fromOrganization: true } };
}

/** The person, their login's way in and their address, if they are in as many workspaces as were read. */
async function goodbye(ctx: UserContext, user: User, workspaceCount: number): Promise<Action[]> {
  const { orgId, userId, login, email, otherEmails, organizationRole, version } = user;
  return [
    remove(userKey(orgId, userId), {
      when: [
        equals('version', version),
        equals('workspaceCount', workspaceCount),
        equals('organizationRole', organizationRole),
      ],
    }),
    remove(identityKey(login, orgId)),
    ...[email, ...otherEmails].map((address) => remove(addressKey(orgId, address))),
    ...(organizationRole === 'owner' ? [ownerLeaves(await getOrganization(ctx, orgId), userId)] : []),
  ];
}

/** The right to remove people from the organization, as a condition. */
export function ownerHolds(ctx: UserContext): Action {
  return check(userKey(ctx.actor.orgId, ctx.actor.userId), [equals('organizationRole', 'owner')]);
}

/**
 * The end of a removal in steps; `undefined` while they are still in a workspace that they could not leave.
 * Throws `forbidden` when who started it is no owner any more, `last_owner`.
 */
export async function planFarewell(
  ctx: UserContext,
  userId: UserId,
): Promise<{ actions: Action[]; events: EventDraft[] } | undefined> {
  const user = await findUser(ctx, userId);
  if (!user) return { actions: [], events: [] };
  if (user.workspaceCount > 0) return undefined;
  if ((await callerOf(ctx)).organizationRole !== 'owner') throw forbidden();
  return { actions: [ownerHolds(ctx), ...(await goodbye(ctx, user, 0))], events: [leftEvent(user)] };
}

async function operationPlan(
  ctx: UserContext,
  right: Action,
  user: User,
  memberships: readonly Standing[],
): Promise<Plan<Removed>> {
  const { orgId, userId } = user;
  const work = memberships.map(
    ({ membership }): WorkItem => ({ kind: 'leave', userId, workspaceId: membership.workspaceId }),
  );
  const { operation, accept } = await planOperation(ctx, { kind: 'user.remove', userId }, [work]);
  return {
    answer: { operation: summaryOf(operation) },
    actions: [right, check(userKey(orgId, userId), [equals('version', user.version)]), ...accept],
    // Each workspace, and in the end the organization, tells of its own.
    events: [],
  };
}
