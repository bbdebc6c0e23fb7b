import { freeFor } from '../access/access.ts';
import { planDeletion } from '../connections/deleteConnection.ts';
import type { UserContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { membershipKey, parseMembership } from '../members/member.item.ts';
import { removedMember } from '../members/memberChanges.ts';
import { update } from '../table/action.ts';
import { findItem, findItems } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { parseWorkspace, workspaceKey } from '../workspaces/workspace.item.ts';
import type { Operation, WorkItem } from './operation.item.ts';
import type { StepPlan } from './planStep.ts';

/**
 * A step of deleting a workspace. Accepting the operation was the decision: from then on nobody can change the workspace
 * or copy from it, so what is left is to take it down, whatever rights its people still have. Nobody is taken out while
 * something else could not be.
 */
export async function planCleanup(
  ctx: UserContext,
  operation: Operation,
  items: readonly WorkItem[],
): Promise<StepPlan> {
  const { orgId, workspaceId, operationId } = operation;
  const found = workspaceId && (await findItem(ctx, workspaceKey(orgId, workspaceId)));
  if (!found) throw notFound();
  const workspace = parseWorkspace(found);
  const ids = items.flatMap((item) => (item.kind === 'disconnect' ? [item.connectionId] : []));
  if (ids.length > 0) {
    const plan = await planDeletion(ctx, workspace, ids, operationId);
    return { actions: plan.actions, events: plan.events, skipped: [] };
  }
  const people = items.flatMap((item) => (item.kind === 'leave' ? [item.userId] : []));
  // What can't be emptied is given back, to those who may try again. The operation's version holds its own count.
  if (workspace.connectionCount > 0 || operation.skippedCount > 0)
    return {
      actions: [],
      events: [],
      skipped: people.map((userId) => ({ workspaceId, userId, code: 'try_again' })),
    };
  const memberships = (
    await findItems(
      ctx,
      people.map((id) => membershipKey(orgId, workspace.workspaceId, id)),
    )
  ).map(parseMembership);
  if (memberships.length === 0) return { actions: [], events: [], skipped: [] };
  const admins = memberships.filter(({ role }) => role === 'admin').length;
  return {
    skipped: [],
    actions: [
      ...memberships.flatMap((membership) => removedMember(membership).actions),
      update(
        workspaceKey(orgId, workspace.workspaceId),
        { add: { memberCount: -memberships.length, adminCount: -admins, version: 1 } },
        { when: [freeFor(operationId), equals('connectionCount', 0)] },
      ),
    ],
    events: [
      {
        orgId,
        type: 'member.removed',
        workspaceId: workspace.workspaceId,
        details: { members: memberships.map(({ userId, role }) => ({ userId, role })) },
      },
    ],
  };
}
