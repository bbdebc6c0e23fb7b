import * as z from 'zod/mini';
import { DomainError } from '../errors.ts';
import { type Action, put } from '../table/action.ts';
import { findItems, type Item, type Reading } from '../table/client.ts';
import { Stale } from '../table/transact.ts';
import {
  type Account,
  accountPageItems,
  accountPageKey,
  type ListOwner,
  parseAccountPage,
} from './accountList.item.ts';
import { type AccountSet, accountSet, noAccounts, union } from './accountSet.ts';
import { freeOrdinals } from './ordinals.ts';

export const mostAccounts = 10_000;

/** The accounts that a data source offers, as a client or a service reports them. */
export const ReportedAccounts = z
  .array(
    z.strictObject({
      id: z.string().check(z.minLength(1), z.maxLength(128)),
      name: z.string().check(z.maxLength(256)),
    }),
  )
  .check(
    z.maxLength(mostAccounts),
    z.refine((accounts) => new Set(accounts.map(({ id }) => id)).size === accounts.length, 'has an id twice'),
  )
  .register(z.globalRegistry, { uniqueItems: true });
export type ReportedAccounts = z.output<typeof ReportedAccounts>;

/** What stands of a list on its origin. */
export const ListState = z.object({
  version: z.int(),
  pages: z.int(),
  /** How many pages were ever written: a shorter list leaves the rest behind until the origin goes. */
  storedPages: z.int(),
  /** How many ordinals were ever given. */
  nextOrdinal: z.int(),
  /** The latest version in which an ordinal came to another account than the one that had it before. */
  reusedIn: z.optional(z.int()),
  available: z.custom<AccountSet>((value) => value instanceof Uint8Array),
});
export type ListState = z.output<typeof ListState>;

export const noList: ListState = {
  version: 0,
  pages: 0,
  storedPages: 0,
  nextOrdinal: 0,
  available: noAccounts,
};

/**
 * All accounts of a lineage, lost ones included, sorted by id. The pages are read apart from the origin: when a newer
 * list was written in between, `Stale`.
 */
export async function readAccounts(ctx: Reading, owner: ListOwner, list: ListState): Promise<Account[]> {
  const keys = Array.from({ length: list.pages }, (_, n) => accountPageKey(owner, n));
  const items = await findItems(ctx, keys);
  const pages = items.sort((a, b) => (a.sk < b.sk ? -1 : 1)).map(parseAccountPage);
  if (pages.length !== list.pages || pages.some(({ version }) => version !== list.version))
    throw new Stale('the list of accounts was replaced while it was read');
  return pages.flatMap(({ accounts }) => accounts);
}

/** Lost accounts that a list remembers; the longest lost go first. */
const mostLost = 10_000;

export type ReplacedList = { state: ListState; actions: Action[]; lost: Account[] };

/**
 * A list replaced by what was reported: its state, its pages as actions, and what the present list loses. An account that
 * is new gets an ordinal that nobody remembers: not the list, and no connection that may have selected it (`selected`:
 * all that any has ever chosen by name), which the caller holds as a condition.
 * Throws `payload_too_large` for too many new accounts, or too long names.
 */
export function replaceAccounts(
  owner: ListOwner,
  list: ListState,
  present: readonly Account[],
  reported: ReportedAccounts,
  selected: AccountSet,
): ReplacedList {
  const version = list.version + 1;
  const reportedIds = new Set(reported.map(({ id }) => id));
  const missing = present.filter(({ id }) => !reportedIds.has(id));
  const lost = missing.filter(({ lostIn }) => lostIn === undefined);
  const kept = missing
    .map((account) => ({ ...account, lostIn: account.lostIn ?? version }))
    .sort((a, b) => b.lostIn - a.lostIn)
    .slice(0, mostLost);
  const remembered = new Map(present.map(({ id, ordinal }) => [id, ordinal]));
  const staying = present.filter(({ id }) => reportedIds.has(id));
  const taken = union(selected, accountSet([...staying, ...kept].map(({ ordinal }) => ordinal)));
  const free = freeOrdinals(taken);
  const available = reported.map(({ id, name }) => ({
    ordinal: remembered.get(id) ?? free.next().value,
    id,
    name,
  }));
  const given = available.filter(({ id }) => !remembered.has(id)).map(({ ordinal }) => ordinal);
  const isReused = given.some((ordinal) => ordinal < list.nextOrdinal);
  const pages = fittingPages(owner, version, available, kept);
  return {
    state: {
      version,
      pages: pages.length,
      storedPages: Math.max(list.storedPages, pages.length),
      nextOrdinal: given.reduce((next, ordinal) => Math.max(next, ordinal + 1), list.nextOrdinal),
      reusedIn: isReused ? version : list.reusedIn,
      available: accountSet(available.map(({ ordinal }) => ordinal)),
    },
    actions: pages.map((page) => put(page)),
    lost,
  };
}

/** A list stays well within the 4 MB and 100 actions of the transaction that replaces it. */
const mostPages = 40;
const mostBytes = 3 * 1024 * 1024;

/** The pages with as many of the lost accounts as fit. Throws `payload_too_large` when the offered ones alone do not. */
function fittingPages(
  owner: ListOwner,
  version: number,
  available: readonly Account[],
  lost: readonly Account[],
): Item[] {
  const pages = accountPageItems(owner, version, [...available, ...lost].sort(byId));
  const bytes = pages.reduce((sum, page) => sum + page.accounts.length, 0);
  if (pages.length <= mostPages && bytes <= mostBytes) return pages;
  if (lost.length === 0)
    throw new DomainError('payload_too_large', 'The names and ids of the accounts are too long together.');
  return fittingPages(owner, version, available, lost.slice(0, Math.floor(lost.length / 2)));
}

function byId(a: Account, b: Account): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Refused accounts that an error names. */
const mostNamed = 100;

/**
 * The ordinals of account ids, all of which must be in `from`. Throws `account_not_available` naming the first 100 ids
 * that are not and how many there are, `pointer` says where in the request they stand.
 */
export function ordinalsOf(
  accounts: readonly Account[],
  ids: readonly string[],
  from: (a: Account) => boolean,
  pointer: string,
): AccountSet {
  const known = new Map(accounts.filter(from).map((account) => [account.id, account.ordinal]));
  const refused = ids.flatMap((id, n) => (known.has(id) ? [] : [{ id, pointer: `${pointer}/${n}` }]));
  if (refused.length > 0) {
    const named = refused.slice(0, mostNamed);
    throw new DomainError(
      'account_not_available',
      'Some of the accounts can not be selected here; see errors.',
      {
        extra: {
          errors: named.map(({ id, pointer }) => ({
            pointer,
            detail: `Account ${id} can't be selected here.`,
          })),
          errorCount: refused.length,
          accountIds: named.map(({ id }) => id),
        },
      },
    );
  }
  return accountSet(ids.flatMap((id) => known.get(id) ?? []));
}
