import { type AccountSet, difference, isEmpty } from '../accounts/accountSet.ts';
import { DomainError } from '../errors.ts';

/** Accounts that were decided when an operation was accepted. Throws `account_not_available` unless all are still in `from`. */
export function decidedBefore(accounts: AccountSet, from: AccountSet): AccountSet {
  if (!isEmpty(difference(accounts, from)))
    throw new DomainError('account_not_available', 'Not all of the accounts can be selected any more.');
  return accounts;
}
