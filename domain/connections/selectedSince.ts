import type { AccountSet } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import type { Connection } from './connection.item.ts';
import { type Lens, lensOn, selectedAccounts } from './lens.ts';

/**
 * What a connection has selected, not older than the revision of its lineage in `lens`: who makes that revision a
 * condition takes nothing that was no longer offered. One batch may show the origin later than an ancestor; where an
 * ancestor decides it is therefore read once more, after the origin.
 */
export async function selectedSince(
  ctx: UserContext,
  lens: Lens,
  connection: Connection,
): Promise<AccountSet> {
  const { selection, parent, origin } = connection;
  const isDecidedByAncestor =
    selection.mode === 'all' && parent !== undefined && parent.connectionId !== origin.connectionId;
  return selectedAccounts(isDecidedByAncestor ? await lensOn(ctx, [connection]) : lens, connection);
}
