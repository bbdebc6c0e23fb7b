import { timestamp, type UserContext } from '../context.ts';
import { DomainError, type ErrorCode } from '../errors.ts';
import { commit } from '../events/commit.ts';
import type { EventDraft } from '../events/event.ts';
import type { UserId } from '../ids.ts';
import { givePlaceBack } from '../organizations/workspaceLimit.ts';
import { type Action, put, remove, update } from '../table/action.ts';
import { findItem, type Item } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { timeToLive } from '../table/schema.ts';
import { planRemovalEnd, planReturn } from '../users/removalSteps.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import {
  expiresAfter,
  keptDays,
  type Operation,
  operationKey,
  runningKey,
  skippedItem,
} from './operation.item.ts';

/**
 * Ends an operation whose items are all done or skipped, and gives back or takes away what it worked on. Throws what
 * stands in the way of that.
 */
export async function finishOperation(ctx: UserContext, operation: Operation): Promise<void> {
  const { actions, events } = await conclusion(ctx, operation);
  await commit(ctx, [...completed(ctx, operation), ...actions], events);
}

/**
 * Ends an operation that can't be finished, with the code of why in its list of what was skipped. Its workspace is given
 * back as it is, whatever in it can't be read, in the same transaction; not one that something else holds.
 */
export async function giveOperationUp(
  ctx: UserContext,
  operation: Operation,
  code: ErrorCode,
): Promise<void> {
  const { orgId, workspaceId, userId, operationId } = operation;
  const skipped = skippedItem(operation, 'end', [{ ...(userId && { userId }), code }], ctx.now());
  const item = workspaceId && (await findItem(ctx, workspaceKey(orgId, workspaceId)));
  const freed = item && item.operationId === operationId ? [givenBack(ctx, item, operation)] : [];
  const back = await planReturn(ctx, operation);
  const actions = [...completed(ctx, operation), put(skipped), ...freed, ...back.actions];
  await commit(ctx, actions, back.events);
}

function completed(ctx: UserContext, { orgId, operationId, version, done }: Operation): Action[] {
  const expires = expiresAfter(ctx.now(), keptDays);
  return [
    update(
      operationKey(orgId, operationId),
      {
        set: { state: 'completed', finishedAt: timestamp(ctx), [timeToLive]: expires },
        add: { version: 1 },
        remove: ['failingSince', 'nextTryAt'],
      },
      { when: [equals('state', 'running'), equals('version', version), equals('done', done)] },
    ),
    remove(runningKey(orgId, operationId)),
  ];
}

type Conclusion = { actions: Action[]; events: EventDraft[] };

async function conclusion(ctx: UserContext, operation: Operation): Promise<Conclusion> {
  if (operation.kind === 'user.remove') return farewell(ctx, operation.userId);
  const { orgId, workspaceId } = operation;
  const item = workspaceId && (await findItem(ctx, workspaceKey(orgId, workspaceId)));
  if (!item) return { actions: [], events: [] };
  const workspace = parseWorkspace(item);
  return operation.kind === 'workspace.delete' && isEmptied(workspace)
    ? { actions: takenDown(workspace, operation), events: [deletedEvent(workspace)] }
    : { actions: [givenBack(ctx, item, operation)], events: [] };
}

function isEmptied({ memberCount, connectionCount }: Workspace): boolean {
  return memberCount === 0 && connectionCount === 0;
}

function takenDown(workspace: Workspace, { operationId }: Operation): Action[] {
  const { orgId, workspaceId, version } = workspace;
  return [
    remove(workspaceKey(orgId, workspaceId), {
      when: [equals('operationId', operationId), equals('version', version)],
    }),
    givePlaceBack(workspace),
  ];
}

export function deletedEvent({ orgId, workspaceId, name }: Workspace): EventDraft {
  return { orgId, type: 'workspace.deleted', workspaceId, details: { name } };
}

function givenBack(ctx: UserContext, { pk, sk }: Item, { operationId }: Operation): Action {
  const changes = { set: { status: 'active', updatedAt: timestamp(ctx) }, remove: ['operationId'] };
  return update({ pk, sk }, changes, { when: [equals('operationId', operationId)] });
}

/** Out of the organization, once out of every workspace; who could not leave one of them stays. */
async function farewell(ctx: UserContext, userId: UserId | undefined): Promise<Conclusion> {
  const plan = userId && (await planRemovalEnd(ctx, userId));
  if (!plan) throw new DomainError('internal_error', 'The person is still in a workspace.');
  return plan;
}
