import type { OrgId } from '../../domain/ids.ts';
import type { Table } from '../../domain/table/client.ts';
import type { Violation } from '../../infra/verify/invariant.ts';
import { verifyTable } from '../../infra/verify/verifyTable.ts';

/**
 * What does not hold in the whole table, or for one tenant alone, a line each: what `npm run verify:data` would print.
 * It is judged at a time before everything, so that nothing rests too long and nothing has expired.
 */
export async function brokenInvariants(table: Table, orgId?: OrgId): Promise<string[]> {
  const { violations } = await verifyTable(table, {
    organizationId: orgId,
    now: () => new Date(0),
    stuckMinutes: 0,
    segments: 1,
  });
  return violations
    .filter((violation) => !isOfFreshCopy(violation))
    .map(({ invariant, organizationId, subject, detail }) =>
      [invariant, organizationId, subject, detail].join(' '),
    );
}

/** `freshCopy` writes an organization again under another id, and leaves it in the directory's shard of the first. */
function isOfFreshCopy({ invariant, subject }: Violation): boolean {
  return invariant === 'index_entry' && subject.endsWith(' ORGANIZATION');
}
