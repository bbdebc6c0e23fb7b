import * as z from 'zod/mini';
import { OrgId, UserId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';

/** Limits of an organization; support changes them. */
export const Limits = z.object({
  workspaces: z.int(),
  membersPerWorkspace: z.int(),
  connectionsPerWorkspace: z.int(),
});
export type Limits = z.output<typeof Limits>;

const stored = z.object({
  orgId: OrgId,
  name: z.string(),
  limits: Limits,
  workspaceCount: z.int(),
  /** DynamoDB has no empty set: the attribute is absent until the first owner has come in. */
  ownerIds: z._default(z.set(UserId), new Set()),
  createdAt: z.string(),
  version: z.int(),
});
export type Organization = z.output<typeof stored>;

/** The directory of organizations is spread over partitions: every creation of a workspace writes to its organization. */
export const directoryShards = 4;

export function organizationKey(orgId: OrgId): Key {
  return { pk: `ORG#${orgId}`, sk: 'ORGANIZATION' };
}

export function directoryPartition(shard: number): string {
  return `ORGANIZATIONS#${shard}`;
}

export function organizationItem(organization: Organization): Item {
  const { ownerIds, ...rest } = organization;
  return {
    ...organizationKey(organization.orgId),
    gsi1pk: directoryPartition(shardOf(organization.orgId)),
    gsi1sk: organization.orgId,
    ...rest,
    ...(ownerIds.size > 0 && { ownerIds }),
  };
}

function shardOf(orgId: OrgId): number {
  return (orgId.codePointAt(orgId.length - 1) ?? 0) % directoryShards;
}

export function parseOrganization(item: unknown): Organization {
  return z.parse(stored, item);
}
