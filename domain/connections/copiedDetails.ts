import { readAccounts } from '../accounts/accountList.ts';
import { type AccountSet, includes, isEmpty } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import { copiedAccounts } from '../events/accountLists.ts';
import type { EventDraft } from '../events/event.ts';
import type { Copied } from '../events/eventDetails.ts';
import type { Workspace } from '../workspaces/workspace.item.ts';
import type { CopyPlan, PlannedCopy } from './copyPlan.ts';
import { type Lens, originOf, selectedAccounts } from './lens.ts';

/** What the events say of copies: of a selection that nobody named account by account the ids are read. */
export async function copiedDetails(
  ctx: UserContext,
  { copies, lens }: Pick<CopyPlan, 'copies' | 'lens'>,
): Promise<Copied[]> {
  return Promise.all(
    copies.map(async (planned): Promise<Copied> => {
      const { copy, source } = planned;
      const { mode } = copy.selection;
      const accounts =
        copy.selection.mode === 'selected' ? copy.selection.accounts : selectedAccounts(lens, source);
      const ids = mode === 'selected' ? await selectedIds(ctx, lens, planned, accounts) : [];
      return {
        connectionId: copy.connectionId,
        parentId: source.connectionId,
        accounts: copiedAccounts({ mode, accounts }, ids, copies.length),
      };
    }),
  );
}

async function selectedIds(
  ctx: UserContext,
  lens: Lens,
  { source, accountIds }: PlannedCopy,
  selected: AccountSet,
): Promise<readonly string[]> {
  if (accountIds) return accountIds;
  if (isEmpty(selected)) return [];
  const origin = originOf(lens, source);
  const accounts = await readAccounts(ctx, origin, origin.accountList);
  return accounts.filter(({ ordinal }) => includes(selected, ordinal)).map(({ id }) => id);
}

/** The event of a workspace that copies were made in; none of no copies. */
export async function copiedEvents(
  ctx: UserContext,
  { orgId, workspaceId }: Workspace,
  plan: Pick<CopyPlan, 'copies' | 'lens'>,
): Promise<EventDraft[]> {
  if (plan.copies.length === 0) return [];
  const connections = await copiedDetails(ctx, plan);
  return [{ orgId, type: 'connection.copied', workspaceId, details: { connections } }];
}
