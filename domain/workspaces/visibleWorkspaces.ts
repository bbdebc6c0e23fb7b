import { accessToMany, type EffectiveRole } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { membershipsOf } from '../members/people.ts';
import { queryAll } from '../table/client.ts';
import type { User } from '../users/user.item.ts';
import { parseWorkspace, type Workspace, workspacePrefix } from './workspace.item.ts';

export type Visible = { workspace: Workspace; role: EffectiveRole };

/** Every workspace that a person sees, by id. For an owner all of the organization. */
export async function visibleWorkspaces(ctx: UserContext, user: User): Promise<Map<WorkspaceId, Visible>> {
  if (user.organizationRole === 'owner') {
    const items = queryAll(ctx, { partition: `ORG#${user.orgId}`, prefix: workspacePrefix });
    const workspaces = await Array.fromAsync(items, parseWorkspace);
    return new Map(workspaces.map((workspace) => [workspace.workspaceId, { workspace, role: 'owner' }]));
  }
  const ids = (await membershipsOf(ctx, user.userId)).map(({ workspaceId }) => workspaceId);
  return accessToMany(ctx, ids);
}
