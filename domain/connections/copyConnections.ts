import * as z from 'zod/mini';
import { accessTo, notBusy, rightHolds, workspaceIsActive } from '../access/access.ts';
import { timestamp, type UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import { WorkspaceId } from '../ids.ts';
import { getOrganization } from '../organizations/organization.ts';
import { type Action, update } from '../table/action.ts';
import { atMost } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { type ConnectionView, viewConnection } from './connection.view.ts';
import { type CopyPlan, copyActions, planCopies, type Skipped, SourceInput } from './copyPlan.ts';

export const CopyConnections = z
  .strictObject({
    connections: z.optional(z.array(SourceInput).check(z.maxLength(10_000))),
    allFrom: z.optional(z.array(WorkspaceId).check(z.maxLength(100))),
  })
  .check(
    z.refine(
      ({ connections, allFrom }) => connections !== undefined || allFrom !== undefined,
      'names nothing to copy',
    ),
  );
export type CopyConnections = z.output<typeof CopyConnections>;

export type Copied = { items: ConnectionView[]; skipped: Skipped[] };

/**
 * Copies connections of other workspaces into one, each with only its selected accounts; the copies share the
 * authorization of their origin. Throws what `planCopies` throws and `connection_limit_reached`.
 */
export async function copyConnections(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  input: CopyConnections,
): Promise<Copied> {
  return write(ctx, async () => {
    const access = await accessTo(ctx, workspaceId, 'editor');
    notBusy(access.workspace);
    const { limits } = await getOrganization(ctx, ctx.actor.orgId);
    const plan = await planCopies(
      ctx,
      { workspaceId, isNew: false },
      {
        sources: input.connections ?? [],
        sourcesPointer: '#/connections',
        allFrom: input.allFrom ?? [],
        allFromPointer: '#/allFrom',
      },
    );
    const count = plan.copies.length;
    withinConnectionLimit(access.workspace.connectionCount + count, limits.connectionsPerWorkspace);
    const answer = {
      items: plan.copies.map(({ copy }) => viewConnection(plan.lens, copy)),
      skipped: plan.skipped,
    };
    if (count === 0) return { answer, actions: [], events: [] };
    return {
      answer,
      actions: [
        rightHolds(ctx, access, 'editor'),
        addConnections(ctx, workspaceId, count, limits.connectionsPerWorkspace),
        ...connectionItems(ctx, plan),
      ],
      events: [
        {
          orgId: ctx.actor.orgId,
          type: 'connection.copied',
          workspaceId,
          details: {
            connections: plan.copies.map(({ copy, source }) => ({
              connectionId: copy.connectionId,
              parentId: source.connectionId,
              parentWorkspaceId: source.workspaceId,
            })),
          },
        },
      ],
    };
  });
}

export function connectionItems(ctx: UserContext, { copies }: CopyPlan): Action[] {
  return copies.flatMap((planned) => copyActions(ctx, planned));
}

/** The workspace's count of connections, never above the limit. */
export function addConnections(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  count: number,
  limit: number,
): Action {
  return update(
    workspaceKey(ctx.actor.orgId, workspaceId),
    { add: { connectionCount: count, version: 1 }, set: { updatedAt: timestamp(ctx) } },
    { when: [workspaceIsActive, atMost('connectionCount', limit - count)] },
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
