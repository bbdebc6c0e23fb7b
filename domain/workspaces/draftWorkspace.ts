import * as z from 'zod/mini';
import { accessTo, callerOf, isAnyAdmin } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { type DomainError, forbidden } from '../errors.ts';
import { WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { membersOf, usersById } from '../members/people.ts';
import { RoleView, viewRoles } from '../members/roles.ts';
import { getOrganization } from '../organizations/organization.ts';
import { workspaceLimitReached } from '../organizations/workspaceLimit.ts';
import { UserView, viewUsers } from '../users/user.view.ts';
import { visibleWorkspaces } from './visibleWorkspaces.ts';

export const DraftQuery = z.strictObject({ fromWorkspaceId: z.optional(WorkspaceId) });

const Preselected = z.extend(UserView, { role: Role });
export const Draft = z.object({
  canCreate: z.boolean(),
  limit: z.object({ workspaces: z.object({ used: z.int(), limit: z.int() }) }),
  problem: z.optional(
    z.looseObject({ code: z.string(), status: z.int(), title: z.string(), detail: z.string() }),
  ),
  members: z.array(Preselected),
  roles: z.array(RoleView),
});
/** `problem` is the error that POST would give; the transport writes it in its own form. */
export type Draft = Omit<z.output<typeof Draft>, 'problem'> & { problem: DomainError | undefined };

/** What the creation screen starts with: "By default, members from your current workspace are pre-selected." */
export async function draftWorkspace(ctx: UserContext, fromWorkspaceId?: WorkspaceId): Promise<Draft> {
  const [user, organization] = await Promise.all([callerOf(ctx), getOrganization(ctx, ctx.actor.orgId)]);
  const problem = isAnyAdmin(user)
    ? workspaceLimitReached(organization)
    : forbidden('Only owners and admins create workspaces.');
  return {
    canCreate: problem === undefined,
    limit: { workspaces: { used: organization.workspaceCount, limit: organization.limits.workspaces } },
    problem,
    members: fromWorkspaceId && isAnyAdmin(user) ? await preselected(ctx, fromWorkspaceId) : [],
    roles: viewRoles(isAnyAdmin(user)),
  };
}

async function preselected(ctx: UserContext, fromWorkspaceId: WorkspaceId): Promise<Draft['members']> {
  const { user } = await accessTo(ctx, fromWorkspaceId, 'viewer');
  const members = await membersOf(ctx, fromWorkspaceId);
  const roleOf = new Map(members.map(({ userId, role }) => [userId as string, role]));
  const users = await usersById(
    ctx,
    members.map(({ userId }) => userId),
  );
  const views = await viewUsers(
    ctx,
    members.flatMap(({ userId }) => users.get(userId) ?? []),
    await visibleWorkspaces(ctx, user),
  );
  return views.flatMap((view) => {
    const role = roleOf.get(view.userId);
    return role ? [{ ...view, role }] : [];
  });
}
