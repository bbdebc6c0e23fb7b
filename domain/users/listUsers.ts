import * as z from 'zod/mini';
import { accessTo, callerOf, isAnyAdmin } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { forbidden, notFound } from '../errors.ts';
import { type UserId, WorkspaceId } from '../ids.ts';
import { membershipKey, parseMembership } from '../members/member.item.ts';
import { matches } from '../search.ts';
import { findItem, findItems } from '../table/client.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { Search } from '../workspaces/listWorkspaces.ts';
import { parseUser, type User, userKey, userPrefix } from './user.item.ts';
import { type UserView, viewUsers } from './user.view.ts';

export const UsersQuery = z.strictObject({
  ...pageQuery,
  search: Search,
  notInWorkspaceId: z.optional(WorkspaceId),
});

/**
 * The organization's people by part of name or email, each with the first of their workspaces; `notInWorkspaceId` leaves
 * out the members of one. Who is leaving is not among them. Throws `forbidden` for those who are admin nowhere,
 * `not_found` for a workspace they don't see.
 */
export async function listUsers(
  ctx: UserContext,
  { search, notInWorkspaceId, ...page }: z.output<typeof UsersQuery>,
): Promise<Page<UserView>> {
  const caller = await adminCaller(ctx);
  if (notInWorkspaceId) await accessTo(ctx, notInWorkspaceId, 'viewer');
  const found = await pageOf(ctx, ['users', search, notInWorkspaceId], page, {
    partition: `ORG#${ctx.actor.orgId}`,
    prefix: userPrefix,
    sparse: search !== undefined || notInWorkspaceId !== undefined,
    resolve: async (items) => {
      const users = items.map(parseUser);
      const members = notInWorkspaceId ? await membersAmong(ctx, notInWorkspaceId, users) : new Set<UserId>();
      return users.map((user) =>
        !user.leaving && !members.has(user.userId) && matches(search, user.name, user.email)
          ? user
          : undefined,
      );
    },
  });
  return { ...found, items: await viewUsers(ctx, caller, found.items) };
}

/** One person. Throws `not_found`, `forbidden`. */
export async function getUser(ctx: UserContext, userId: UserId): Promise<UserView> {
  const caller = await adminCaller(ctx);
  const [view] = await viewUsers(ctx, caller, [await getPresentUser(ctx, userId)]);
  if (!view) throw notFound();
  return view;
}

/** Somebody who is in the organization and not leaving it. Throws `not_found`. */
export async function getPresentUser(ctx: UserContext, userId: UserId): Promise<User> {
  const item = await findItem(ctx, userKey(ctx.actor.orgId, userId));
  const user = item && parseUser(item);
  if (!user || user.leaving) throw notFound();
  return user;
}

/** The caller, who sees the organization's people. Throws `forbidden`. */
export async function adminCaller(ctx: UserContext): Promise<User> {
  const caller = await callerOf(ctx);
  if (!isAnyAdmin(caller)) throw forbidden('Only owners and admins see the organization’s people.');
  return caller;
}

async function membersAmong(ctx: UserContext, workspaceId: WorkspaceId, users: User[]): Promise<Set<UserId>> {
  const keys = users.map(({ userId }) => membershipKey(ctx.actor.orgId, workspaceId, userId));
  return new Set((await findItems(ctx, keys)).map((item) => parseMembership(item).userId));
}
