import * as z from 'zod/mini';
import { accessToMany, callerOf } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { notFound } from '../errors.ts';
import { type OperationId, WorkspaceId } from '../ids.ts';
import { findItem, queryAll } from '../table/client.ts';
import { nudge } from './nudge.ts';
import {
  type Operation,
  OperationKind,
  operationKey,
  operationPartition,
  parseOperation,
  parseSkipped,
  Skipped,
  skippedPrefix,
} from './operation.item.ts';

/** An operation in short, as the answer that accepts it carries it. */
export const OperationSummary = z.object({
  operationId: z.string(),
  state: z.enum(['running', 'completed']),
  total: z.int(),
  done: z.int(),
});
export type OperationSummary = z.output<typeof OperationSummary>;

export function summaryOf({ operationId, state, total, done }: Operation): OperationSummary {
  return { operationId, state, total, done };
}

export const OperationView = z.object({
  operationId: z.string(),
  kind: OperationKind,
  workspaceId: z.nullable(z.string()),
  state: z.enum(['running', 'completed']),
  total: z.int(),
  done: z.int(),
  /** The first 1,000. */
  skipped: z.array(Skipped),
  skippedCount: z.int(),
  createdAt: z.string(),
  finishedAt: z.nullable(z.string()),
});

/**
 * An operation and what it had to leave out. For who started it, owners, and those who see its workspace.
 * Throws `not_found`.
 */
export async function getOperation(
  ctx: UserContext,
  operationId: OperationId,
): Promise<z.output<typeof OperationView>> {
  const { orgId } = ctx.actor;
  const item = await findItem(ctx, operationKey(orgId, operationId));
  if (!item) throw notFound();
  const operation = parseOperation(item);
  if (!(await sees(ctx, operation))) throw notFound();
  await nudge(ctx, operation);
  const { kind, state, total, done, createdAt } = operation;
  const skipped = await firstSkipped(ctx, operation);
  return {
    operationId,
    kind,
    workspaceId: operation.workspaceId ?? null,
    state,
    total,
    done,
    skipped: await withoutUnseen(ctx, skipped),
    skippedCount: Math.max(skipped.length, operation.skippedCount + (operation.passedOver ?? 0)),
    createdAt,
    finishedAt: operation.finishedAt ?? null,
  };
}

/** An answer lists no more than that. */
const listedAtMost = 1_000;

async function firstSkipped(ctx: UserContext, { orgId, operationId }: Operation): Promise<Skipped[]> {
  const partition = operationPartition(orgId, operationId);
  const skipped: Skipped[] = [];
  for await (const item of queryAll(ctx, { partition, prefix: skippedPrefix, limit: itemsPerQuery })) {
    skipped.push(...parseSkipped(item));
    if (skipped.length >= listedAtMost) break;
  }
  return skipped.slice(0, listedAtMost);
}

/** A step lists up to 47: two queries give all that is shown. */
const itemsPerQuery = 25;

/** Where something was skipped is told to those who see that workspace. */
async function withoutUnseen(ctx: UserContext, skipped: readonly Skipped[]): Promise<Skipped[]> {
  const ids = new Set(skipped.flatMap(({ workspaceId }) => workspaceId ?? []));
  const seen: ReadonlySet<string> = new Set(
    (
      await accessToMany(
        ctx,
        [...ids].map((id) => WorkspaceId.parse(id)),
      )
    ).keys(),
  );
  return skipped.map(({ workspaceId, connectionId, ...rest }) => ({
    ...(workspaceId && seen.has(workspaceId) && { workspaceId, ...(connectionId && { connectionId }) }),
    ...rest,
  }));
}

/** The summary of the operation that works on a workspace. */
export async function findSummary(
  ctx: UserContext,
  operationId: OperationId,
): Promise<OperationSummary | undefined> {
  const item = await findItem(ctx, operationKey(ctx.actor.orgId, operationId));
  return item && summaryOf(parseOperation(item));
}

async function sees(ctx: UserContext, { actor, workspaceId }: Operation): Promise<boolean> {
  const user = await callerOf(ctx);
  if (user.organizationRole === 'owner' || user.userId === actor.userId) return true;
  return workspaceId !== undefined && (await accessToMany(ctx, [workspaceId])).has(workspaceId);
}
