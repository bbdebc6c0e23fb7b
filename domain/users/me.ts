import * as z from 'zod/mini';
import { callerOf, isAnyAdmin } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { getOrganization } from '../organizations/organization.ts';
import { firstVisible } from '../workspaces/visibleWorkspaces.ts';
import { mostShown, WorkspaceOfCaller } from './user.view.ts';

export const Me = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  organization: z.object({ id: z.string(), name: z.string() }),
  organizationRole: z.enum(['owner', 'member']),
  /** The first 20; `GET /v1/workspaces` has all. */
  workspaces: z.array(WorkspaceOfCaller),
  /** How many the caller sees. */
  workspaceCount: z.int(),
  canCreateWorkspaces: z.boolean(),
});

/** Who the caller is, the first of what they see, and whether the Plus button is for them (by role; the draft tells of the limit). */
export async function getMe(ctx: UserContext): Promise<z.output<typeof Me>> {
  const [user, organization] = await Promise.all([callerOf(ctx), getOrganization(ctx, ctx.actor.orgId)]);
  const first = await firstVisible(ctx, user, mostShown);
  const isOwner = user.organizationRole === 'owner';
  return {
    userId: user.userId,
    email: user.email,
    name: user.name,
    organization: { id: organization.orgId, name: organization.name },
    organizationRole: user.organizationRole,
    workspaces: first.map(({ workspace: { workspaceId, name }, role }) => ({ workspaceId, name, role })),
    workspaceCount: isOwner ? organization.workspaceCount : user.workspaceCount,
    canCreateWorkspaces: isAnyAdmin(user),
  };
}
