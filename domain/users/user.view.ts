import * as z from 'zod/mini';
import type { UserContext } from '../context.ts';
import { type Membership, membershipsPartition, parseMembership, Role } from '../members/member.item.ts';
import { query } from '../table/client.ts';
import { ownWorkspaces, visibleAmong } from '../workspaces/visibleWorkspaces.ts';
import { workspacePrefix } from '../workspaces/workspace.item.ts';
import { EffectiveRoleView } from '../workspaces/workspace.view.ts';
import type { User } from './user.item.ts';

export const WorkspaceOfUser = z.object({ workspaceId: z.string(), name: z.string(), role: Role });
export const WorkspaceOfCaller = z.object({
  workspaceId: z.string(),
  name: z.string(),
  role: EffectiveRoleView,
});

/** Workspaces that are shown with a person: 100 people with 20 workspaces of the longest names are 850 KB. */
export const mostShown = 20;
/** Memberships of a person among which those are looked for that somebody who is no owner sees. */
const mostLookedThrough = 1_000;

/** A person of the organization; workspaces that the caller can't see are only counted. */
export const UserView = z.object({
  userId: z.string(),
  email: z.string(),
  name: z.string(),
  organizationRole: z.enum(['owner', 'member']),
  /** The first 20; `GET /v1/users/{userId}/workspaces` has all. */
  workspaces: z.array(WorkspaceOfUser),
  /** How many they are in, seen or not. */
  workspaceCount: z.int(),
  otherWorkspaceCount: z.int(),
  version: z.int(),
});
export type UserView = z.output<typeof UserView>;

/**
 * People with the first of their workspaces. Memberships are found on the index; of the workspaces only those that are
 * shown are read, and only of these is the caller's right asked for.
 */
export async function viewUsers(ctx: UserContext, caller: User, users: readonly User[]): Promise<UserView[]> {
  const [own, ...theirs] = await Promise.all([
    ownWorkspaces(ctx, caller),
    ...users.map((user) => membershipsFor(ctx, caller, user)),
  ]);
  const people = users.map((user, n) => {
    const seen = (theirs[n] ?? []).filter(({ workspaceId }) => own?.has(workspaceId) ?? true);
    return { user, seenCount: own ? seen.length : user.workspaceCount, first: seen.slice(0, mostShown) };
  });
  const ids = people.flatMap(({ first }) => first.map(({ workspaceId }) => workspaceId));
  const visible = await visibleAmong(ctx, caller, ids);
  return people.map(({ user, seenCount, first }) => ({
    userId: user.userId,
    email: user.email,
    name: user.name,
    organizationRole: user.organizationRole,
    workspaces: first.flatMap(({ workspaceId, role }) => {
      const seen = visible.get(workspaceId);
      return seen ? [{ workspaceId, name: seen.workspace.name, role }] : [];
    }),
    workspaceCount: user.workspaceCount,
    otherWorkspaceCount: Math.max(0, user.workspaceCount - seenCount),
    version: user.version,
  }));
}

async function membershipsFor(
  ctx: UserContext,
  caller: User,
  { orgId, userId }: User,
): Promise<Membership[]> {
  const { items } = await query(ctx, {
    partition: membershipsPartition(orgId, userId),
    onIndex: true,
    prefix: workspacePrefix,
    limit: caller.organizationRole === 'owner' ? mostShown : mostLookedThrough,
  });
  return items.map(parseMembership);
}
