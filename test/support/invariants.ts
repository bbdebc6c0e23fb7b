import type { OrgId } from '../../domain/ids.ts';
import type { Table } from '../../domain/table/client.ts';
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
  return violations.map(({ invariant, organizationId, subject, detail }) =>
    [invariant, organizationId, subject, detail].join(' '),
  );
}
