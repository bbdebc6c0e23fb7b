import * as z from 'zod/mini';
import { accessTo, accessToMany, callerOf } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { membershipsPartition, parseMembership } from '../members/member.item.ts';
import { findSummary } from '../operations/getOperation.ts';
import { matches } from '../search.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { parseWorkspace, workspacePrefix } from './workspace.item.ts';
import { viewWorkspace, type WorkspaceView } from './workspace.view.ts';

export const Search = z.optional(z.string().check(z.maxLength(200)));
export const WorkspacesQuery = z.strictObject({ ...pageQuery, search: Search });

/** The workspaces that the caller sees: every one for an owner, else theirs, each read consistently. By id. */
export async function listWorkspaces(
  ctx: UserContext,
  { search, ...page }: z.output<typeof WorkspacesQuery>,
): Promise<Page<WorkspaceView>> {
  const { orgId, userId } = ctx.actor;
  const user = await callerOf(ctx);
  const sparse = search !== undefined;
  const shown = (view: WorkspaceView) => (matches(search, view.name, view.description) ? view : undefined);
  if (user.organizationRole === 'owner')
    return pageOf(ctx, ['workspaces', 'all', search], page, {
      partition: `ORG#${orgId}`,
      prefix: workspacePrefix,
      sparse,
      resolve: (items) => items.map((item) => shown(viewWorkspace(parseWorkspace(item), 'owner'))),
    });
  return pageOf(ctx, ['workspaces', 'theirs', search], page, {
    partition: membershipsPartition(orgId, userId),
    prefix: workspacePrefix,
    onIndex: true,
    sparse,
    resolve: async (items) => {
      const ids = items.map((item) => parseMembership(item).workspaceId);
      const accesses = await accessToMany(ctx, ids);
      return ids.map((id) => {
        const access = accesses.get(id);
        return access && shown(viewWorkspace(access.workspace, access.role));
      });
    },
  });
}

/** One workspace, with the operation that works on it. Throws `not_found`. */
export async function getWorkspace(ctx: UserContext, workspaceId: WorkspaceId): Promise<WorkspaceView> {
  const { workspace, role } = await accessTo(ctx, workspaceId, 'viewer');
  const operation = workspace.operationId && (await findSummary(ctx, workspace.operationId));
  return { ...viewWorkspace(workspace, role), ...(operation && { operation }) };
}
