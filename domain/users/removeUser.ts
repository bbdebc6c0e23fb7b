import { callerOf, workspaceIsActive } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { forbidden } from '../errors.ts';
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
import { type Action, check, update } from '../table/action.ts';
import { findItems } from '../table/client.ts';
import { above, equals, lacks } from '../table/condition.ts';
import { Stale } from '../table/transact.ts';
import { fits, type Plan, write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import { departureActions, leftEvent } from './departure.ts';
import { getPresentUser } from './listUsers.ts';
import { type User, userKey } from './user.item.ts';

export type Removed = { operation: OperationSummary } | null;

/**
 * Takes somebody out of every workspace and of the organization, as one. When they are in many, or an operation works on
 * one of these, as an operation: from its acceptance on they are out, whatever is left to be done.
 * For owners. Throws `not_found`, `forbidden`, `last_admin` with the workspaces in the way, `last_owner`,
 * `version_mismatch`.
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
    const user = await getPresentUser(ctx, userId);
    expectVersion(expectedVersion, user.version);
    const memberships = await standing(ctx, user);
    const right = check(userKey(ctx.actor.orgId, ctx.actor.userId), [equals('organizationRole', 'owner')]);
    const callerLeaves = userId === ctx.actor.userId;
    const isFree = memberships.every(({ workspace }) => workspace.status === 'active');
    const direct = isFree ? await directPlan(ctx, user, memberships) : undefined;
    const plan = direct && { ...direct, actions: [right, ...direct.actions], callerLeaves };
    if (plan && fits(ctx, plan)) return plan;
    return { ...(await operationPlan(ctx, right, user, memberships)), callerLeaves };
  });
}

type Standing = { membership: Membership; workspace: Workspace };

/**
 * Their memberships, found on the index and read consistently, with the workspaces: all that they count, or it is read
 * again. Refuses to leave a workspace without an admin.
 */
async function standing(ctx: UserContext, user: User): Promise<Standing[]> {
  const { orgId, userId, organizationRole, workspaceCount } = user;
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
  if (found.length !== workspaceCount) throw new Stale('not every workspace of a person was found');
  // One that is being deleted goes with its last admin.
  const inTheWay = found.filter(
    ({ membership, workspace }) =>
      membership.role === 'admin' && workspace.adminCount <= 1 && workspace.status !== 'deleting',
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
  const farewell = await departureActions(ctx, user, memberships.length);
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

/** From the transaction that accepts it on they can do nothing and be given nothing, and own nothing. */
async function operationPlan(
  ctx: UserContext,
  right: Action,
  user: User,
  memberships: readonly Standing[],
): Promise<Plan<Removed>> {
  const { orgId, userId, login, version, organizationRole } = user;
  const work = memberships.map(
    ({ membership }): WorkItem => ({ kind: 'leave', userId, workspaceId: membership.workspaceId }),
  );
  const { operation, accept } = await planOperation(ctx, { kind: 'user.remove', userId }, [work]);
  const { operationId } = operation;
  const mark = { leaving: operationId };
  return {
    answer: { operation: summaryOf(operation) },
    actions: [
      right,
      update(
        userKey(orgId, userId),
        { set: { ...mark, organizationRole: 'member' }, add: { version: 1 } },
        {
          when: [equals('version', version), equals('workspaceCount', memberships.length), lacks('leaving')],
        },
      ),
      update(identityKey(login, orgId), { set: mark }, { when: [equals('userId', userId)] }),
      ...(organizationRole === 'owner' ? [ownerLeaves(await getOrganization(ctx, orgId), userId)] : []),
      ...accept,
    ],
    // Each workspace tells of its own when they are taken out of it.
    events: [leftEvent(user, { operationId })],
  };
}
