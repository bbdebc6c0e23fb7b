import { type Access, rightHolds } from '../access/access.ts';
import { connectionKey, parseConnection } from '../connections/connection.item.ts';
import { decidedOf } from '../connections/decidedAccounts.ts';
import { lensOn } from '../connections/lens.ts';
import { planUpdate } from '../connections/updateConnection.ts';
import type { UserContext } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import { findItems, isPassing } from '../table/client.ts';
import { workspaceChanged } from '../workspaces/workspaceChanged.ts';
import type { Operation, WorkItem } from './operation.item.ts';
import type { StepPlan } from './planStep.ts';

type SelectWork = Extract<WorkItem, { kind: 'select' }>;

/** New selections of accounts, read side by side; what can't be selected any more is skipped. */
export async function planSelect(
  ctx: UserContext,
  operation: Operation,
  access: Access,
  items: readonly SelectWork[],
): Promise<StepPlan> {
  const { orgId, workspaceId } = access.workspace;
  const plan: StepPlan = { actions: [], events: [], skipped: [] };
  const found = await findItems(
    ctx,
    items.map(({ connectionId }) => connectionKey(orgId, { workspaceId, connectionId })),
  );
  const connections = new Map(found.map(parseConnection).map((one) => [one.connectionId, one]));
  const lens = await lensOn(ctx, [...connections.values()]);
  const changes = await Promise.allSettled(
    items.map(async ({ connectionId, ...decided }) => {
      const connection = connections.get(connectionId);
      if (!connection) throw notFound();
      const accountIds = decidedOf(decided) ?? 'all';
      return planUpdate(ctx, { connection, lens }, { accountIds }, { pointer: '' });
    }),
  );
  for (const [n, { connectionId }] of items.entries()) {
    const changed = changes[n];
    if (changed?.status === 'fulfilled') {
      plan.actions.push(...changed.value.actions);
      plan.events.push(...changed.value.events);
      continue;
    }
    const error = changed?.reason;
    if (!(error instanceof DomainError) || isPassing(error)) throw error;
    plan.skipped.push({ workspaceId, connectionId, code: error.code });
  }
  if (plan.actions.length === 0) return plan;
  const moved = workspaceChanged(ctx, workspaceId, operation.operationId);
  return { ...plan, actions: [rightHolds(ctx, access, 'editor'), moved, ...plan.actions] };
}
