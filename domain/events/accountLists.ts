import type { Account } from '../accounts/accountList.item.ts';
import { type AccountSet, difference, includes, size } from '../accounts/accountSet.ts';
import {
  type AccountIds,
  type Copied,
  type ListChange,
  maxListed,
  type SelectionChange,
} from './eventDetails.ts';

/** All lists of account ids in one event together: an item of an event stays at a few dozen KB whatever the ids are. */
const maxBytes = 32 * 1024;

/** The first of some account ids, at most a `share` of what one event may hold, and how many there are. */
export function accountIds(ids: readonly string[], { count = ids.length, share = 1 } = {}): AccountIds {
  const shown: string[] = [];
  let bytes = 0;
  for (const id of ids.toSorted().slice(0, maxListed)) {
    bytes += Buffer.byteLength(JSON.stringify(id));
    if (bytes > maxBytes * share) break;
    shown.push(id);
  }
  return { accountIds: shown, count };
}

/** The same of a set; an account that the list no longer remembers is counted and not named. */
function accountIdsIn(set: AccountSet, accounts: readonly Account[], share: number): AccountIds {
  const ids = accounts.filter(({ ordinal }) => includes(set, ordinal)).map(({ id }) => id);
  return accountIds(ids, { count: size(set), share });
}

type Selected = { mode: 'all' | 'selected'; accounts: AccountSet };

/** What a new selection of a connection gives and takes; `accounts` is the list of its lineage. */
export function selectionChange(
  before: Selected,
  after: Selected,
  accounts: readonly Account[],
): SelectionChange {
  return {
    mode: { before: before.mode, after: after.mode },
    added: accountIdsIn(difference(after.accounts, before.accounts), accounts, 1 / 2),
    removed: accountIdsIn(difference(before.accounts, after.accounts), accounts, 1 / 2),
  };
}

/** What a lineage gains and loses by a new list; `present` is the one that it replaces, lost accounts included. */
export function listChange(present: readonly Account[], reported: readonly { id: string }[]): ListChange {
  const offered = new Set(present.filter(({ lostIn }) => lostIn === undefined).map(({ id }) => id));
  const reportedIds = new Set(reported.map(({ id }) => id));
  return {
    total: reported.length,
    added: accountIds([...reportedIds.difference(offered)], { share: 1 / 2 }),
    lost: accountIds([...offered.difference(reportedIds)], { share: 1 / 2 }),
  };
}

/** What a copy got, one of `copies` that an event tells of. `ids` are those of a selection. */
export function copiedAccounts(
  { mode, accounts }: Selected,
  ids: readonly string[],
  copies: number,
): Copied['accounts'] {
  const count = size(accounts);
  if (mode === 'all') return { mode, count };
  return { mode, ...accountIds(ids, { count, share: 1 / copies }) };
}
