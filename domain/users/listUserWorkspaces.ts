import * as z from 'zod/mini';
import { callerOf } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { UserId } from '../ids.ts';
import { membershipsPartition, parseMembership } from '../members/member.item.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { ownWorkspaces, visibleAmong } from '../workspaces/visibleWorkspaces.ts';
import { workspacePrefix } from '../workspaces/workspace.item.ts';
import { adminCaller, getPresentUser } from './listUsers.ts';
import type { WorkspaceOfUser } from './user.view.ts';

export const UserWorkspacesQuery = z.strictObject(pageQuery);

/**
 * The workspaces that a person is in, with their role there, by id; those that the caller can't see are left out. For
 * owners and admins, and for everybody of themselves. Throws `not_found`, `forbidden`.
 */
export async function listUserWorkspaces(
  ctx: UserContext,
  userId: UserId,
  page: z.output<typeof UserWorkspacesQuery>,
): Promise<Page<z.output<typeof WorkspaceOfUser>>> {
  const caller = await (userId === ctx.actor.userId ? callerOf(ctx) : adminCaller(ctx));
  const user = userId === caller.userId ? caller : await getPresentUser(ctx, userId);
  const own = await ownWorkspaces(ctx, caller);
  return pageOf(ctx, ['user-workspaces', userId], page, {
    partition: membershipsPartition(user.orgId, user.userId),
    prefix: workspacePrefix,
    onIndex: true,
    sparse: own !== undefined,
    resolve: async (items) => {
      const memberships = items.map(parseMembership);
      const ids = memberships.map(({ workspaceId }) => workspaceId).filter((id) => own?.has(id) ?? true);
      const visible = await visibleAmong(ctx, caller, ids);
      return memberships.map(({ workspaceId, role }) => {
        const seen = visible.get(workspaceId);
        return seen && { workspaceId, name: seen.workspace.name, role };
      });
    },
  });
}
