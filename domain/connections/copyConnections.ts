import * as z from 'zod/mini';
import { type Access, accessTo, freeFor, notBusy, rightHolds } from '../access/access.ts';
import { timestamp, type UserContext } from '../context.ts';
import { distinctList } from '../distinctList.ts';
import { DomainError } from '../errors.ts';
import { type OperationId, WorkspaceId } from '../ids.ts';
import { planOperation } from '../operations/acceptOperation.ts';
import { type OperationSummary, summaryOf } from '../operations/getOperation.ts';
import { getOrganization } from '../organizations/organization.ts';
import { type Action, update } from '../table/action.ts';
import { atMost } from '../table/condition.ts';
import { fits, type Plan, write } from '../table/write.ts';
import { startOperation } from '../workspaces/startOperation.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { type ConnectionView, viewConnection } from './connection.view.ts';
import { copiedEvents } from './copiedDetails.ts';
import { copyActions } from './copyPlan.ts';
import { type CopiesAtOnce, type CopyRequest, copyWork, planCopies, SourceInput } from './copyRequest.ts';
import { nothingPassedOver, type Passed } from './passedOver.ts';

export const CopyConnections = z
  .strictObject({
    connections: z.optional(distinctList(SourceInput, 10_000)),
    allFrom: z.optional(z.array(WorkspaceId).check(z.maxLength(1_000))),
  })
  .check(
    z.refine(
      ({ connections, allFrom }) => connections !== undefined || allFrom !== undefined,
      'names nothing to copy',
    ),
  )
  .register(z.globalRegistry, { minProperties: 1 });
export type CopyConnections = z.output<typeof CopyConnections>;

/** Done at once, or accepted as an operation. */
export type Copied =
  | { items: ConnectionView[]; skipped: Passed[]; skippedCount: number }
  | { operation: OperationSummary };

/** More copies than that never fit one transaction. */
export const mostCopies = 49;

/**
 * Copies connections of other workspaces into one, each with only its selected accounts; the copies share the
 * authorization of their origin. What one transaction can't hold is accepted as an operation.
 * Throws what `planCopies` throws and `connection_limit_reached`.
 */
export async function copyConnections(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  input: CopyConnections,
): Promise<Copied> {
  const request = {
    sources: input.connections ?? [],
    sourcesPointer: '#/connections',
    allFrom: input.allFrom ?? [],
    allFromPointer: '#/allFrom',
  };
  return write(ctx, async () => {
    const access = await accessTo(ctx, workspaceId, 'editor');
    notBusy(access.workspace);
    const { limits } = await getOrganization(ctx, ctx.actor.orgId);
    const limit = limits.connectionsPerWorkspace;
    const copies = await planCopies(ctx, { workspaceId, isNew: false }, request, mostCopies);
    const direct = copies && (await directPlan(ctx, access, copies, limit));
    return direct && fits(ctx, direct) ? direct : operationPlan(ctx, access, request, limit);
  });
}

async function directPlan(
  ctx: UserContext,
  access: Access,
  plan: CopiesAtOnce,
  limit: number,
): Promise<Plan<Copied>> {
  const { workspaceId, connectionCount } = access.workspace;
  const { copies, passedOver, lens } = plan;
  withinConnectionLimit(connectionCount + copies.length, limit);
  const answer = {
    items: copies.map(({ copy }) => viewConnection(lens, copy)),
    skipped: passedOver.items,
    skippedCount: passedOver.count,
  };
  if (copies.length === 0) return { answer, actions: [], events: [] };
  return {
    answer,
    actions: [
      rightHolds(ctx, access, 'editor'),
      addConnections(ctx, workspaceId, copies.length, { limit }),
      ...copies.flatMap((planned) => copyActions(ctx, planned)),
    ],
    events: await copiedEvents(ctx, access.workspace, plan),
  };
}

async function operationPlan(
  ctx: UserContext,
  access: Access,
  request: CopyRequest,
  limit: number,
): Promise<Plan<Copied>> {
  const { orgId, workspaceId, connectionCount } = access.workspace;
  let count = 0;
  const passedOver = nothingPassedOver();
  const work = copyWork(ctx, { workspaceId, isNew: false }, request, passedOver, (copies) => {
    count += copies;
    withinConnectionLimit(connectionCount + count, limit);
  });
  const asked = { kind: 'connections.copy' as const, workspaceId };
  const { operation, accept } = await planOperation(ctx, asked, work, passedOver);
  const { operationId } = operation;
  return {
    answer: { operation: summaryOf(operation) },
    actions: [
      rightHolds(ctx, access, 'editor'),
      startOperation(ctx, access.workspace, operation, 'updating'),
      ...accept,
    ],
    events: [
      { orgId, type: 'workspace.updated', workspaceId, details: { operationId, connectionsToCopy: count } },
    ],
  };
}

/** The workspace's count of connections, never above the limit. */
export function addConnections(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  count: number,
  { limit, working }: { limit: number; working?: OperationId | undefined },
): Action {
  return update(
    workspaceKey(ctx.actor.orgId, workspaceId),
    { add: { connectionCount: count, version: 1 }, set: { updatedAt: timestamp(ctx) } },
    { when: [freeFor(working), atMost('connectionCount', limit - count)] },
  );
}

/** 409 where a workspace would have more connections than the organization's limit. */
export function withinConnectionLimit(count: number, limit: number): void {
  if (count > limit)
    throw new DomainError(
      'connection_limit_reached',
      `A workspace of this organization holds ${limit} connections.`,
      {
        extra: { limit, wanted: count },
      },
    );
}
