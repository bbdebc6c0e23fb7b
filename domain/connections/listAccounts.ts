import * as z from 'zod/mini';
import { type Access, accessToMany, allows } from '../access/access.ts';
import type { Account } from '../accounts/accountList.item.ts';
import { readAccounts } from '../accounts/accountList.ts';
import { type AccountSet, includes, noAccounts } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import { matches } from '../search.ts';
import { type Page, pageQuery } from '../table/page.ts';
import { sliceOf } from '../table/slice.ts';
import { snapshot } from '../table/write.ts';
import { Search } from '../workspaces/listWorkspaces.ts';
import type { Connection, Reference } from './connection.item.ts';
import { findConnection, openConnection } from './getConnection.ts';
import { type Lens, lensOn, originOf, selectedAccounts } from './lens.ts';

export const AccountsQuery = z.strictObject({ ...pageQuery, search: Search });

export const AccountView = z.object({
  accountId: z.string(),
  name: z.string(),
  status: z.enum(['available', 'unavailable']),
  selected: z.boolean(),
});
export type AccountView = z.output<typeof AccountView>;

/**
 * The accounts of a connection by id: those that are selected, and those that the caller could select. Of a copy the
 * latter are its parent's, for callers with the right there: "Only selected accounts will be available in the new
 * workspace." A selected account that the data source no longer offers is `unavailable`. Throws `not_found`.
 */
export async function listAccounts(
  ctx: UserContext,
  at: Reference,
  { search, ...page }: z.output<typeof AccountsQuery>,
): Promise<Page<AccountView>> {
  return snapshot(ctx, async () => {
    const { access, connection, lens } = await openConnection(ctx, at, 'viewer');
    const origin = originOf(lens, connection);
    const offered = await offeredTo(ctx, access, connection, lens);
    const selected = selectedAccounts(lens, connection);
    const views = (await readAccounts(ctx, origin, origin.accountList)).flatMap((account): AccountView[] => {
      const isSelected = includes(selected, account.ordinal) || wasFollowed(lens, connection, account);
      const isOffered = account.lostIn === undefined && includes(offered, account.ordinal);
      if ((!isSelected && !isOffered) || !matches(search, account.id, account.name)) return [];
      const status = account.lostIn === undefined ? 'available' : 'unavailable';
      return [{ accountId: account.id, name: account.name, status, selected: isSelected }];
    });
    return sliceOf(ctx, ['accounts', at.connectionId, search], page, views, ({ accountId }) => accountId);
  });
}

/** What the caller could select: an original's list; of a copy what its parent has, with the right there. */
async function offeredTo(
  ctx: UserContext,
  access: Access,
  connection: Connection,
  lens: Lens,
): Promise<AccountSet> {
  if (!connection.parent)
    return allows(access, 'editor') ? originOf(lens, connection).accountList.available : noAccounts;
  const { workspaceId } = connection.parent;
  const atParent = (await accessToMany(ctx, [workspaceId])).get(workspaceId);
  if (!atParent || !allows(atParent, 'editor')) return noAccounts;
  const parent = await findConnection(ctx, ctx.actor.orgId, connection.parent);
  return parent ? selectedAccounts(await lensOn(ctx, [connection, parent]), parent) : noAccounts;
}

/** Lost while the connection followed the whole list. */
function wasFollowed(lens: Lens, { selection, parent }: Connection, account: Account): boolean {
  if (selection.mode !== 'all' || account.lostIn === undefined || account.lostIn <= selection.asOf)
    return false;
  const followed = parent && lens.ancestors.get(parent.connectionId);
  return followed ? wasFollowed(lens, followed, account) : true;
}
