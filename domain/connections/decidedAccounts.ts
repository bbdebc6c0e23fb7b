import { type AccountSet, difference, isEmpty } from '../accounts/accountSet.ts';
import { DomainError } from '../errors.ts';
import type { Origin } from './connection.item.ts';

/** Accounts that were decided when an operation was accepted, and the version of the list that their ordinals are of. */
export type DecidedAccounts = { accounts: AccountSet; decidedIn?: number | undefined };

/** The same as work of an operation: a base64 account set. */
export type DecidedWork = { accounts?: string | undefined; decidedIn?: number | undefined };

export function decidedWork(accounts: AccountSet, { accountList }: Origin): DecidedWork {
  return { accounts: Buffer.from(accounts).toString('base64'), decidedIn: accountList.version };
}

export function decidedOf({ accounts, decidedIn }: DecidedWork): DecidedAccounts | undefined {
  return accounts === undefined
    ? undefined
    : { accounts: new Uint8Array(Buffer.from(accounts, 'base64')), decidedIn };
}

/**
 * Accounts that were decided before. Throws `account_not_available` unless all of them are still in `from`, and where an
 * ordinal came to another account since then (docs/adr/0015).
 */
export function decidedBefore(origin: Origin, decided: DecidedAccounts, from: AccountSet): AccountSet {
  const { reusedIn = 0 } = origin.accountList;
  if ((decided.decidedIn ?? 0) < reusedIn || !isEmpty(difference(decided.accounts, from)))
    throw new DomainError('account_not_available', 'Not all of the accounts can be selected any more.');
  return decided.accounts;
}
