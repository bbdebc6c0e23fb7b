import type * as z from 'zod/mini';
import { type Access, accessToMany, allows, rightHolds } from '../access/access.ts';
import type { Account } from '../accounts/accountList.item.ts';
import { type ReportedAccounts, readAccounts } from '../accounts/accountList.ts';
import { includes } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import { listChange } from '../events/accountLists.ts';
import type { ListChange } from '../events/eventDetails.ts';
import type { Action } from '../table/action.ts';
import type { BusinessAccount, Origin } from './connection.item.ts';
import type { Opened } from './getConnection.ts';
import { originOf, usableAccounts } from './lens.ts';
import { replaceList } from './selectedEver.ts';

type Asked = {
  accounts?: ReportedAccounts | undefined;
  businessAccount?: z.output<typeof BusinessAccount> | undefined;
  acceptAccountLoss?: boolean | undefined;
};

/** The list of accounts and the business account of a lineage after a reconnection. */
export type SharedChange = Pick<Origin, 'accountList' | 'businessAccount'> & {
  actions: Action[];
  /** Where the list was replaced. */
  listChange: ListChange | undefined;
};

/**
 * What a reconnection changes for a whole lineage beside its authorization: the list of accounts and the business
 * account's name, by the right in the origin's workspace, which is a condition of the change. From whoever lacks it the
 * list is only compared with what the addressed connection has selected, and nothing that is shared changes (docs/adr/0014).
 * Throws `accounts_would_be_lost` with the first of the accounts that the caller may know of, `payload_too_large`.
 */
export async function changeShared(
  ctx: UserContext,
  opened: Opened,
  { accounts, businessAccount, acceptAccountLoss }: Asked,
): Promise<SharedChange> {
  const origin = originOf(opened.lens, opened.connection);
  const { accountList } = origin;
  const unchanged = {
    accountList,
    businessAccount: origin.businessAccount,
    actions: [],
    listChange: undefined,
  };
  const name = businessAccount?.name ?? origin.businessAccount.name;
  if (!accounts && name === origin.businessAccount.name) return unchanged;
  const [atOrigin, present] = await Promise.all([
    rightAtOrigin(ctx, opened, origin),
    accounts ? readAccounts(ctx, origin, accountList) : [],
  ]);
  if (!atOrigin) {
    if (accounts && !acceptAccountLoss) refuseLossHere(lostHere(opened, present, accounts));
    return unchanged;
  }
  const replaced = accounts && replaceList(origin, present, accounts);
  if (replaced && !acceptAccountLoss) refuseLoss(replaced.lost);
  return {
    accountList: replaced?.state ?? accountList,
    businessAccount: { ...origin.businessAccount, name },
    actions: [rightHolds(ctx, atOrigin, 'editor'), ...(replaced?.actions ?? [])],
    listChange: accounts && listChange(present, accounts),
  };
}

/** The caller's right in the origin's workspace; nothing where they lack it. */
async function rightAtOrigin(
  ctx: UserContext,
  { access, lens }: Opened,
  { workspaceId }: Origin,
): Promise<Access | undefined> {
  // An owner's right is the same everywhere.
  if (access.role === 'owner' || workspaceId === access.workspace.workspaceId) return access;
  if (!lens.sees(workspaceId)) return undefined;
  const found = (await accessToMany(ctx, [workspaceId])).get(workspaceId);
  return found && allows(found, 'editor') ? found : undefined;
}

/** Accounts that the addressed connection has selected and could use so far. */
function lostHere(
  { lens, connection }: Opened,
  present: readonly Account[],
  accounts: ReportedAccounts,
): Account[] {
  const usable = usableAccounts(lens, connection);
  const reached = new Set(accounts.map(({ id }) => id));
  return present.filter(({ id, ordinal }) => includes(usable, ordinal) && !reached.has(id));
}

function refuseLoss(lost: readonly Account[]): void {
  refuse(
    lost,
    'The new authorization does not reach all present accounts; send acceptAccountLoss to go on without them.',
  );
}

function refuseLossHere(lost: readonly Account[]): void {
  refuse(
    lost,
    'The new authorization does not reach all accounts that this connection has selected; send acceptAccountLoss to reconnect all the same.',
  );
}

/** Lost accounts that an error names. */
const namedAtMost = 100;

function refuse(lost: readonly Account[], detail: string): void {
  if (lost.length === 0) return;
  const accounts = lost.slice(0, namedAtMost).map(({ id, name }) => ({ id, name }));
  throw new DomainError('accounts_would_be_lost', detail, { extra: { accounts, accountCount: lost.length } });
}
