import type { Account } from '../accounts/accountList.item.ts';
import { type ReplacedList, type ReportedAccounts, replaceAccounts } from '../accounts/accountList.ts';
import { difference, firstAccounts, isEmpty, union } from '../accounts/accountSet.ts';
import { type Action, check, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { connectionKey, type Origin, type Selection } from './connection.item.ts';

/*
 * An account that is new to a lineage may get the ordinal of one that is forgotten, and a selection is a set of ordinals.
 * So the origin keeps every ordinal that a connection of its lineage has ever selected by name, and none of these is given
 * to another account (docs/adr/0015).
 */

/**
 * The list of an origin replaced by what was reported, as `replaceAccounts`; its actions hold what was ever selected.
 * Throws `payload_too_large`.
 */
export function replaceList(
  origin: Origin,
  present: readonly Account[],
  reported: ReportedAccounts,
): ReplacedList {
  const { accountList, selectedEver } = origin;
  const key = connectionKey(origin.orgId, origin);
  // An origin of before this was kept: any of its ordinals may be selected.
  const selected = selectedEver ?? firstAccounts(accountList.nextOrdinal);
  const replaced = replaceAccounts(origin, accountList, present, reported, selected);
  if (!selectedEver)
    return { ...replaced, actions: [...replaced.actions, update(key, { set: { selectedEver: selected } })] };
  const isReusing = replaced.state.reusedIn === replaced.state.version;
  const asRead = check(key, [equals('selectedEver', selectedEver)]);
  return { ...replaced, actions: [...replaced.actions, ...(isReusing ? [asRead] : [])] };
}

/**
 * What a selection by name adds to the ordinals that the origin keeps; nothing for accounts that some connection has
 * selected before. `origin` is that by whose list the accounts were named: where it was replaced meanwhile, `Stale`.
 */
export function rememberSelected(origin: Origin, selection: Selection): Action[] {
  const { selectedEver, accountList } = origin;
  if (selection.mode === 'all' || !selectedEver) return [];
  if (isEmpty(difference(selection.accounts, selectedEver))) return [];
  return [
    update(
      connectionKey(origin.orgId, origin),
      { set: { selectedEver: union(selectedEver, selection.accounts) } },
      { when: [equals('selectedEver', selectedEver), equals('accountList.version', accountList.version)] },
    ),
  ];
}
