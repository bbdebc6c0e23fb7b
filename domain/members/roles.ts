import * as z from 'zod/mini';
import { accessTo, allows, callerOf, isAnyAdmin } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { WorkspaceId } from '../ids.ts';
import { EffectiveRoleView } from '../workspaces/workspace.view.ts';

const see = ['workspaces.read', 'members.read', 'connections.read'];
const connect = [
  'connections.create',
  'connections.update',
  'connections.reconnect',
  'connections.copy',
  'connections.delete',
];
const administer = [
  'workspaces.create',
  'workspaces.update',
  'workspaces.delete',
  'members.manage',
  'invitations.manage',
  'users.read',
  'events.read',
];

const roles = [
  {
    role: 'owner',
    title: 'Owner',
    description: 'Sees and manages every workspace of the organization. Given by our Support Team.',
    permissions: [...see, ...connect, ...administer, 'users.remove'],
  },
  {
    role: 'admin',
    title: 'Admin',
    description: 'Manages the workspace: its settings, people, roles and connections.',
    permissions: [...see, ...connect, ...administer],
  },
  {
    role: 'editor',
    title: 'Editor',
    description: 'Works with the connections of the workspace and their accounts.',
    permissions: [...see, ...connect],
  },
  {
    role: 'viewer',
    title: 'Viewer',
    description: 'Sees the workspace, its members and connections.',
    permissions: see,
  },
] as const;

export const RolesQuery = z.strictObject({ workspaceId: z.optional(WorkspaceId) });
export const RoleView = z.object({
  role: EffectiveRoleView,
  title: z.string(),
  description: z.string(),
  permissions: z.array(z.string()),
  assignable: z.boolean(),
});
export type RoleView = z.output<typeof RoleView>;

/** The roles; `assignable`: may the caller give it in that workspace (without one: in a workspace they create). */
export async function listRoles(ctx: UserContext, workspaceId?: WorkspaceId): Promise<RoleView[]> {
  const gives = workspaceId
    ? allows(await accessTo(ctx, workspaceId, 'viewer'), 'admin')
    : isAnyAdmin(await callerOf(ctx));
  return viewRoles(gives);
}

export function viewRoles(gives: boolean): RoleView[] {
  return roles.map((role) => ({
    ...role,
    permissions: [...role.permissions],
    assignable: gives && role.role !== 'owner',
  }));
}
