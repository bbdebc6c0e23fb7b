import * as z from 'zod/mini';
import type { EffectiveRole } from '../access/access.ts';
import { OperationSummary } from '../operations/getOperation.ts';
import { type Workspace, WorkspaceStatus } from './workspace.item.ts';

export const EffectiveRoleView = z.enum(['owner', 'admin', 'editor', 'viewer']);

/** A workspace as the caller sees it; `role` is what they are there. */
export const WorkspaceView = z.object({
  workspaceId: z.string(),
  name: z.string(),
  description: z.string(),
  role: EffectiveRoleView,
  status: WorkspaceStatus,
  /** While an operation works on it. */
  operation: z.optional(OperationSummary),
  memberCount: z.int(),
  connectionCount: z.int(),
  createdAt: z.string(),
  createdBy: z.string(),
  updatedAt: z.string(),
  version: z.int(),
});
export type WorkspaceView = z.output<typeof WorkspaceView>;

export function viewWorkspace(workspace: Workspace, role: EffectiveRole): WorkspaceView {
  return {
    workspaceId: workspace.workspaceId,
    name: workspace.name,
    description: workspace.description,
    role,
    status: workspace.status,
    memberCount: workspace.memberCount,
    connectionCount: workspace.connectionCount,
    createdAt: workspace.createdAt,
    createdBy: workspace.createdBy,
    updatedAt: workspace.updatedAt,
    version: workspace.version,
  };
}
