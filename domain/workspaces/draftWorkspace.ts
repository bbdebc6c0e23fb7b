import * as z from 'zod/mini';
import { accessTo, callerOf, isAnyAdmin } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { type DomainError, forbidden } from '../errors.ts';
import { WorkspaceId } from '../ids.ts';
import { memberPrefix, parseMembership, Role } from '../members/member.item.ts';
import { usersById } from '../members/people.ts';
import { RoleView, viewRoles } from '../members/roles.ts';
import { getOrganization } from '../organizations/organization.ts';
import { workspaceLimitReached } from '../organizations/workspaceLimit.ts';
import { query } from '../table/client.ts';
import { UserView, viewUsers } from '../users/user.view.ts';
import { workspacePartition } from './workspace.item.ts';

export const DraftQuery = z.strictObject({ fromWorkspaceId: z.optional(WorkspaceId) });

const Preselected = z.extend(UserView, { role: Role });
export const Draft = z.object({
  canCreate: z.boolean(),
  limit: z.object({ workspaces: z.object({ used: z.int(), limit: z.int() }) }),
  problem: z.optional(
    z.looseObject({ code: z.string(), status: z.int(), title: z.string(), detail: z.string() }),
  ),
  /** The first 100; `GET /v1/workspaces/{workspaceId}/members` has all. */
  members: z.array(Preselected),
  /** How many are taken over where `members` is left out. */
  memberCount: z.int(),
  roles: z.array(RoleView),
});
/** `problem` is the error that POST would give; the transport writes it in its own form. */
export type Draft = Omit<z.output<typeof Draft>, 'problem'> & { problem: DomainError | undefined };

/** As many as a page of any list: with their workspaces they stay under 1 MB. */
const mostMembers = 100;

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
    ...(fromWorkspaceId && isAnyAdmin(user)
      ? await preselected(ctx, fromWorkspaceId)
      : { members: [], memberCount: 0 }),
    roles: viewRoles(isAnyAdmin(user)),
  };
}

async function preselected(
  ctx: UserContext,
  fromWorkspaceId: WorkspaceId,
): Promise<Pick<Draft, 'members' | 'memberCount'>> {
  const { user, workspace } = await accessTo(ctx, fromWorkspaceId, 'viewer');
  const partition = workspacePartition(ctx.actor.orgId, fromWorkspaceId);
  const { items } = await query(ctx, { partition, prefix: memberPrefix, limit: mostMembers });
  const members = items.map(parseMembership);
  const users = await usersById(
    ctx,
    members.map(({ userId }) => userId),
  );
  const present = members.flatMap(({ userId, role }) => {
    const found = users.get(userId);
    return found ? [{ found, role }] : [];
  });
  const views = await viewUsers(
    ctx,
    user,
    present.map(({ found }) => found),
  );
  return {
    members: views.flatMap((view, n) => {
      const role = present[n]?.role;
      return role ? [{ ...view, role }] : [];
    }),
    memberCount: workspace.memberCount,
  };
}
