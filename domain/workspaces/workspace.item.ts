import * as z from 'zod/mini';
import { EventId, OperationId, OrgId, UserId, WorkspaceId } from '../ids.ts';
import { Places } from '../invitations/places.ts';
import type { Item, Key } from '../table/client.ts';

export const WorkspaceStatus = z.enum(['active', 'provisioning', 'updating', 'deleting']);

export const lastEventId = 'lastEventId';

const stored = z.object({
  orgId: OrgId,
  workspaceId: WorkspaceId,
  name: z.string(),
  description: z.string(),
  status: WorkspaceStatus,
  /** The operation that works on the workspace; other writes wait for it. */
  operationId: z.optional(OperationId),
  memberCount: z.int(),
  adminCount: z.int(),
  /** The places that invited people hold beside the members. */
  invited: z.optional(Places),
  connectionCount: z.int(),
  /** Copies of this workspace's connections that stand in other workspaces: while there are any, it stays. */
  copiesElsewhere: z.int(),
  createdAt: z.string(),
  createdBy: UserId,
  updatedAt: z.string(),
  version: z.int(),
  /** Of the events that were written together with this item the last: later ones have a greater id. */
  [lastEventId]: z.optional(EventId),
});
export type Workspace = z.output<typeof stored>;

export const workspacePrefix = 'WORKSPACE#';

export function workspaceKey(orgId: OrgId, workspaceId: WorkspaceId): Key {
  return { pk: `ORG#${orgId}`, sk: `${workspacePrefix}${workspaceId}` };
}

/** The partition of a workspace's members and connections. */
export function workspacePartition(orgId: OrgId, workspaceId: WorkspaceId): string {
  return `ORG#${orgId}#WORKSPACE#${workspaceId}`;
}

export function workspaceItem(workspace: Workspace): Item {
  return { ...workspaceKey(workspace.orgId, workspace.workspaceId), ...workspace };
}

export function parseWorkspace(item: unknown): Workspace {
  return z.parse(stored, item);
}
