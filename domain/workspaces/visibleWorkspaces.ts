import type { EffectiveRole } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { membershipKey, membershipsPartition, parseMembership } from '../members/member.item.ts';
import { membershipsOf } from '../members/people.ts';
import { findItems, type Item, query, queryAll } from '../table/client.ts';
import type { User } from '../users/user.item.ts';
import { parseWorkspace, type Workspace, workspaceKey, workspacePrefix } from './workspace.item.ts';

export type Visible = { workspace: Workspace; role: EffectiveRole };

/**
 * Every workspace that a person sees, by id; for an owner all of the organization. Reads as much as there is: where a page
 * is shown, `visibleAmong` reads what that needs.
 */
export async function visibleWorkspaces(ctx: UserContext, user: User): Promise<Map<WorkspaceId, Visible>> {
  if (user.organizationRole === 'owner') {
    const items = queryAll(ctx, { partition: `ORG#${user.orgId}`, prefix: workspacePrefix });
    const workspaces = await Array.fromAsync(items, parseWorkspace);
    return new Map(workspaces.map((workspace) => [workspace.workspaceId, { workspace, role: 'owner' }]));
  }
  const ids = (await membershipsOf(ctx, user.userId)).map(({ workspaceId }) => workspaceId);
  return visibleAmong(ctx, user, ids);
}

/**
 * Those of the named workspaces that a person of the caller's organization sees, by id, in the order they are named: one
 * consistent read each for an owner, two for others.
 */
export async function visibleAmong(
  ctx: UserContext,
  { orgId, userId, organizationRole }: User,
  workspaceIds: readonly WorkspaceId[],
): Promise<Map<WorkspaceId, Visible>> {
  const isOwner = organizationRole === 'owner';
  const ids = [...new Set(workspaceIds)];
  const items = await findItems(ctx, [
    ...ids.map((id) => workspaceKey(orgId, id)),
    ...(isOwner ? [] : ids.map((id) => membershipKey(orgId, id, userId))),
  ]);
  const isWorkspace = ({ sk }: Item) => sk.startsWith(workspacePrefix);
  const workspaces = new Map(
    items
      .filter(isWorkspace)
      .map(parseWorkspace)
      .map((w) => [w.workspaceId, w]),
  );
  const memberships = items.filter((item) => !isWorkspace(item)).map(parseMembership);
  const roles = new Map(memberships.map((m) => [m.workspaceId, m.role]));
  return new Map(
    ids.flatMap((id): [WorkspaceId, Visible][] => {
      const workspace = workspaces.get(id);
      const role = isOwner ? 'owner' : roles.get(id);
      return workspace && role ? [[id, { workspace, role }]] : [];
    }),
  );
}

/** The workspaces that a person is in, as the index has them; `undefined` for an owner, who sees every one. */
export async function ownWorkspaces(
  ctx: UserContext,
  { userId, organizationRole }: User,
): Promise<ReadonlySet<WorkspaceId> | undefined> {
  if (organizationRole === 'owner') return undefined;
  return new Set((await membershipsOf(ctx, userId)).map(({ workspaceId }) => workspaceId));
}

/**
 * For a list that is read in batches: which of the workspaces that a batch names a person sees. Their own are found on the
 * index once; only of these is the right asked for, of each once.
 */
export function visibleByBatch(
  ctx: UserContext,
  user: User,
): (workspaceIds: readonly WorkspaceId[]) => Promise<ReadonlyMap<WorkspaceId, Visible>> {
  const known = new Map<WorkspaceId, Visible>();
  const asked = new Set<WorkspaceId>();
  let own: Promise<ReadonlySet<WorkspaceId> | undefined> | undefined;
  return async (workspaceIds) => {
    own ??= ownWorkspaces(ctx, user);
    const theirs = await own;
    const ids = workspaceIds.filter((id) => !asked.has(id) && (theirs?.has(id) ?? true));
    for (const id of ids) asked.add(id);
    for (const [id, visible] of await visibleAmong(ctx, user, ids)) known.set(id, visible);
    return known;
  };
}

/** The first workspaces that a person sees, in the order in which they are listed. */
export async function firstVisible(ctx: UserContext, user: User, most: number): Promise<Visible[]> {
  const { orgId, userId, organizationRole } = user;
  if (organizationRole === 'owner') {
    const page = await query(ctx, { partition: `ORG#${orgId}`, prefix: workspacePrefix, limit: most });
    return page.items.map((item) => ({ workspace: parseWorkspace(item), role: 'owner' }));
  }
  const found: Visible[] = [];
  let after: Awaited<ReturnType<typeof query>>['next'];
  do {
    const partition = membershipsPartition(orgId, userId);
    const page = await query(ctx, { partition, onIndex: true, prefix: workspacePrefix, limit: most, after });
    const ids = page.items.map((item) => parseMembership(item).workspaceId);
    found.push(...(await visibleAmong(ctx, user, ids)).values());
    after = page.next;
  } while (after && found.length < most);
  return found.slice(0, most);
}
