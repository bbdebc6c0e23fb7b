import { notBusy } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import { identityKey } from '../identity/identity.item.ts';
import type { UserId, WorkspaceId } from '../ids.ts';
import { membershipKey, parseMembership } from '../members/member.item.ts';
import { planMembers } from '../members/memberChanges.ts';
import type { Operation } from '../operations/operation.item.ts';
import { getOrganization } from '../organizations/organization.ts';
import { type Action, update } from '../table/action.ts';
import { findItem } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { parseWorkspace, workspaceKey } from '../workspaces/workspace.item.ts';
import { departureActions, leftEvent } from './departure.ts';
import { parseUser, userKey } from './user.item.ts';

type Planned = { actions: Action[]; events: EventDraft[] };

const nothing: Planned = { actions: [], events: [] };

/**
 * Takes a person who is leaving the organization out of one workspace. Accepting the removal was the decision: nobody's
 * rights are asked for again. Where nobody else is an admin by now, an owner of the organization becomes one in their
 * place. Throws `workspace_busy`, which passes.
 */
export async function planRemovalStep(
  ctx: UserContext,
  { orgId }: Operation,
  { userId, workspaceId }: { userId: UserId; workspaceId: WorkspaceId },
): Promise<Planned> {
  const [membershipItem, workspaceItem] = await Promise.all([
    findItem(ctx, membershipKey(orgId, workspaceId, userId)),
    findItem(ctx, workspaceKey(orgId, workspaceId)),
  ]);
  if (!membershipItem || !workspaceItem) return nothing;
  const workspace = parseWorkspace(workspaceItem);
  notBusy(workspace);
  const isLastAdmin = parseMembership(membershipItem).role === 'admin' && workspace.adminCount <= 1;
  const set = isLastAdmin ? [{ userId: await successorOf(ctx, userId), role: 'admin' as const }] : [];
  // One comes for one who goes at most, so no limit is in the way.
  const changes = { set, remove: [userId] };
  return planMembers(ctx, { workspace }, changes, { memberLimit: workspace.memberCount }).catch(unlessGone);
}

/** Somebody else has taken them out since the membership was read. */
function unlessGone(error: unknown): Planned {
  if (error instanceof DomainError && error.code === 'not_found') return nothing;
  throw error;
}

/** Who removes people, if they are an owner still; else another owner. An organization keeps at least one. */
async function successorOf(ctx: UserContext, leaving: UserId): Promise<UserId> {
  const { ownerIds } = await getOrganization(ctx, ctx.actor.orgId);
  const owners = [...ownerIds].filter((id) => id !== leaving).sort();
  const successor = owners.find((id) => id === ctx.actor.userId) ?? owners[0];
  if (!successor) throw new Error(`${ctx.actor.orgId} has no owner.`);
  return successor;
}

/** The end of a removal in steps; `undefined` while the person is still in a workspace. */
export async function planRemovalEnd(ctx: UserContext, userId: UserId): Promise<Planned | undefined> {
  const item = await findItem(ctx, userKey(ctx.actor.orgId, userId));
  if (!item) return nothing;
  const user = parseUser(item);
  if (user.workspaceCount > 0) return undefined;
  return { actions: await departureActions(ctx, user, 0), events: user.leaving ? [] : [leftEvent(user)] };
}

/**
 * Somebody whose removal is given up is back in the organization, as a member of what they could not be taken out of.
 * Whatever else of them can't be read, the marks go.
 */
export async function planReturn(
  ctx: UserContext,
  { orgId, operationId, userId }: Pick<Operation, 'orgId' | 'operationId' | 'userId'>,
): Promise<Planned> {
  const item = userId && (await findItem(ctx, userKey(orgId, userId)));
  if (!item || item.leaving !== operationId) return nothing;
  const { pk, sk, version, login } = item;
  const changes = { remove: ['leaving'] };
  const when = [equals('leaving', operationId)];
  const identity = typeof login === 'string' ? identityKey(login, orgId) : undefined;
  const isMarked = identity && (await findItem(ctx, identity))?.leaving === operationId;
  return {
    actions: [
      // Adding to what is no number would be refused.
      update({ pk, sk }, typeof version === 'number' ? { ...changes, add: { version: 1 } } : changes, {
        when,
      }),
      ...(identity && isMarked ? [update(identity, changes, { when })] : []),
    ],
    events: [
      {
        orgId,
        type: 'member.added',
        details: { userId, toOrganization: true, operationId, organizationRole: 'member' },
      },
    ],
  };
}
