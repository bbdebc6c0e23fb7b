import * as z from 'zod/mini';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { membershipsOf } from '../members/people.ts';
import type { Visible } from '../workspaces/visibleWorkspaces.ts';
import { EffectiveRoleView } from '../workspaces/workspace.view.ts';
import type { User } from './user.item.ts';

export const WorkspaceOfUser = z.object({ workspaceId: z.string(), name: z.string(), role: Role });
export const WorkspaceOfCaller = z.object({
  workspaceId: z.string(),
  name: z.string(),
  role: EffectiveRoleView,
});

/** A person of the organization; workspaces that the caller can't see are only counted. */
export const UserView = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  organizationRole: z.enum(['owner', 'member']),
  workspaces: z.array(WorkspaceOfUser),
  otherWorkspaceCount: z.int(),
  version: z.int(),
});
export type UserView = z.output<typeof UserView>;

/** People with their workspaces, each one's memberships found on the index. */
export async function viewUsers(
  ctx: UserContext,
  users: readonly User[],
  visible: ReadonlyMap<WorkspaceId, Visible>,
): Promise<UserView[]> {
  return Promise.all(
    users.map(async (user) => {
      const memberships = await membershipsOf(ctx, user.userId);
      const workspaces = memberships.flatMap(({ workspaceId, role }) => {
        const seen = visible.get(workspaceId);
        return seen ? [{ workspaceId, name: seen.workspace.name, role }] : [];
      });
      return {
        userId: user.userId,
        email: user.email,
        name: user.name,
        organizationRole: user.organizationRole,
        workspaces,
        otherWorkspaceCount: memberships.length - workspaces.length,
        version: user.version,
      };
    }),
  );
}
