import * as z from 'zod/mini';
import { OrgId, UserId, WorkspaceId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';

/** A role in one workspace. */
export const Role = z.enum(['admin', 'editor', 'viewer']);
export type Role = z.output<typeof Role>;

const stored = z.object({
  orgId: OrgId,
  workspaceId: WorkspaceId,
  userId: UserId,
  role: Role,
  addedAt: z.string(),
  addedBy: UserId,
  version: z.int(),
});
export type Membership = z.output<typeof stored>;

export const memberPrefix = 'MEMBER#';

export function membershipKey(orgId: OrgId, workspaceId: WorkspaceId, userId: UserId): Key {
  return { pk: workspacePartition(orgId, workspaceId), sk: `${memberPrefix}${userId}` };
}

/** On the index: the workspaces of a person. */
export function membershipsPartition(orgId: OrgId, userId: UserId): string {
  return `ORG#${orgId}#USER#${userId}`;
}

export function membershipItem(membership: Membership): Item {
  const { orgId, workspaceId, userId } = membership;
  return {
    ...membershipKey(orgId, workspaceId, userId),
    gsi1pk: membershipsPartition(orgId, userId),
    gsi1sk: `WORKSPACE#${workspaceId}`,
    ...membership,
  };
}

export function parseMembership(item: unknown): Membership {
  return z.parse(stored, item);
}
