import type { OrgId } from '../../domain/ids.ts';
import type { Table } from '../../domain/table/client.ts';
import { accountChecks } from './accounts.ts';
import { addressChecks } from './addresses.ts';
import type { Check, Judged } from './check.ts';
import { connectionChecks } from './connections.ts';
import { eventChecks } from './events.ts';
import { inBoth, sorted, type Violation } from './invariant.ts';
import { lineageChecks } from './lineages.ts';
import { operationChecks } from './operations.ts';
import { organizationChecks } from './organizations.ts';
import { peopleChecks } from './people.ts';
import { placeChecks } from './places.ts';
import { readItem } from './readItem.ts';
import { scanTable } from './scanTable.ts';
import { newTenant, type Tenant } from './tenant.ts';
import { workspaceChecks } from './workspaces.ts';

/** What to verify, and at what time. */
export type Asked = {
  /** Left out: the whole table. */
  organizationId?: OrgId | undefined;
  now: () => Date;
  stuckMinutes: number;
  /** Reads everything a second time and reports what both times found: for a table that is in use. */
  twice?: boolean;
  segments?: number;
};

/** How much was read, and what does not hold. */
export type Report = { items: number; organizations: number; violations: Violation[] };

const checks: readonly Check[] = [
  ...organizationChecks,
  ...workspaceChecks,
  ...peopleChecks,
  ...addressChecks,
  ...placeChecks,
  ...connectionChecks,
  ...lineageChecks,
  ...accountChecks,
  ...operationChecks,
  ...eventChecks,
];

/**
 * Reads a table and names everything in it that does not hold. Keeps facts, not items: see `Tenant`; a million
 * connections take 0.7 GB. A scan is no snapshot, so of a table in use it may see half a write: what it
 * reports there holds only when a later run reports it too. Throws what reading throws.
 */
export async function verifyTable(table: Table, { twice, ...asked }: Asked): Promise<Report> {
  const first = await verifyOnce(table, asked);
  if (!twice || first.violations.length === 0) return first;
  const second = await verifyOnce(table, asked);
  return { ...second, violations: inBoth(first.violations, second.violations) };
}

async function verifyOnce(
  table: Table,
  { organizationId, now, stuckMinutes, segments = 4 }: Asked,
): Promise<Report> {
  const tenants = new Map<string, Tenant>();
  const violations: Violation[] = [];
  let items = 0;
  await scanTable(table, { organizationId, segments }, (page) => {
    items += page.length;
    for (const item of page) {
      const { orgId, findings, unreadable, keep } = readItem(item);
      violations.push(...findings.map((finding) => ofOrganization(orgId, finding)));
      if (orgId === undefined) continue;
      const tenant = tenants.get(orgId) ?? newTenant(orgId);
      tenants.set(orgId, tenant);
      if (unreadable) tenant.unreadable.add(unreadable);
      keep?.(tenant);
    }
  });
  const at: Judged = { now: now().getTime(), stuckMilliseconds: stuckMinutes * 60_000 };
  for (const tenant of tenants.values()) {
    for (const { needs, find } of checks) {
      if (needs.some((kind) => tenant.unreadable.has(kind))) continue;
      for (const finding of find(tenant, at)) violations.push(ofOrganization(tenant.orgId, finding));
    }
  }
  return { items, organizations: tenants.size, violations: sorted(violations) };
}

function ofOrganization(organizationId: string | undefined, finding: Violation): Violation {
  return organizationId === undefined ? finding : { ...finding, organizationId };
}
