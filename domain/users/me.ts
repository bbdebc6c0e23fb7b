import * as z from 'zod/mini';
import { callerOf, isAnyAdmin } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { getOrganization } from '../organizations/organization.ts';
import { visibleWorkspaces } from '../workspaces/visibleWorkspaces.ts';
import { WorkspaceOfCaller } from './user.view.ts';

export const Me = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  organization: z.object({ id: z.string(), name: z.string() }),
  organizationRole: z.enum(['owner', 'member']),
  workspaces: z.array(WorkspaceOfCaller),
  canCreateWorkspaces: z.boolean(),
});

/** Who the caller is, what they see, and whether the Plus button is for them (by role; the draft tells of the limit). */
export async function getMe(ctx: UserContext): Promise<z.output<typeof Me>> {
  const [user, organization] = await Promise.all([callerOf(ctx), getOrganization(ctx, ctx.actor.orgId)]);
  const visible = await visibleWorkspaces(ctx, user);
  return {
    userId: user.userId,
    email: user.email,
    name: user.name,
    organization: { id: organization.orgId, name: organization.name },
    organizationRole: user.organizationRole,
    workspaces: [...visible].map(([workspaceId, { workspace, role }]) => ({
      workspaceId,
      name: workspace.name,
      role,
    })),
    canCreateWorkspaces: isAnyAdmin(user),
  };
}
