import * as z from 'zod/mini';
import {
  type Access,
  accessToMany,
  allowing,
  notBeingDeleted,
  notBusy,
  rightHolds,
} from '../access/access.ts';
import { AccountIds } from '../accounts/accountIds.ts';
import type { Account } from '../accounts/accountList.item.ts';
import { ordinalsOf, readAccounts } from '../accounts/accountList.ts';
import {
  type AccountSet,
  difference,
  includes,
  intersection,
  isEmpty,
  union,
} from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import { forbidden } from '../errors.ts';
import { selectionChange } from '../events/accountLists.ts';
import type { EventDraft } from '../events/event.ts';
import { type Action, check, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { Stale } from '../table/transact.ts';
import { write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { workspaceChanged } from '../workspaces/workspaceChanged.ts';
import {
  type Connection,
  connectionKey,
  type Origin,
  type Reference,
  type Selection,
} from './connection.item.ts';
import { type ConnectionView, viewConnection } from './connection.view.ts';
import { ConnectionName } from './createConnection.ts';
import { type DecidedAccounts, decidedBefore } from './decidedAccounts.ts';
import {
  connectionAsRead,
  findConnection,
  type Opened,
  openConnection,
  sharedAsRead,
} from './getConnection.ts';
import { type Lens, lensOn, originOf, selectedAccounts } from './lens.ts';
import { rememberSelected } from './selectedEver.ts';
import { selectedSince } from './selectedSince.ts';

export const AccountSelection = z.union([z.literal('all'), AccountIds]);
export type AccountSelection = z.output<typeof AccountSelection>;

export const UpdateConnection = z
  .strictObject({ name: z.optional(ConnectionName), accountIds: z.optional(AccountSelection) })
  .check(
    z.refine(({ name, accountIds }) => name !== undefined || accountIds !== undefined, 'changes nothing'),
  )
  .register(z.globalRegistry, { minProperties: 1 });

/**
 * Renames a connection and replaces its selection of accounts. An original selects from its list; a copy from what its
 * parent has selected, and taking more than it has needs the right in the parent's workspace too.
 * Throws `not_found`, `forbidden`, `account_not_available`, `workspace_busy`, `version_mismatch`.
 */
export async function updateConnection(
  ctx: UserContext,
  at: Reference,
  input: z.output<typeof UpdateConnection>,
  expectedVersion?: ExpectedVersion,
): Promise<ConnectionView> {
  return write(ctx, async () => {
    const opened = await openConnection(ctx, at, 'editor');
    const { access, connection } = opened;
    notBusy(access.workspace);
    expectVersion(expectedVersion, connection.version);
    const plan = await planUpdate(ctx, opened, input, { pointer: '#/accountIds' });
    return {
      answer: viewConnection(plan.lens, plan.connection),
      actions:
        plan.actions.length > 0
          ? [rightHolds(ctx, access, 'editor'), workspaceChanged(ctx, at.workspaceId), ...plan.actions]
          : [],
      events: plan.events,
    };
  });
}

/** What is selected: account ids, or a set of accounts that was decided before. */
type Choice = AccountSelection | DecidedAccounts;

export type PlannedUpdate = { connection: Connection; lens: Lens; actions: Action[]; events: EventDraft[] };

/** What a change of name or selection takes, without the caller's right in the connection's own workspace. */
export async function planUpdate(
  ctx: UserContext,
  { connection, lens }: Pick<Opened, 'connection' | 'lens'>,
  { name, accountIds }: { name?: string | undefined; accountIds?: Choice | undefined },
  { pointer }: { pointer: string },
): Promise<PlannedUpdate> {
  const chosen = accountIds ? await choose(ctx, connection, lens, accountIds, { pointer }) : undefined;
  const selection = chosen?.selection ?? connection.selection;
  const after = { ...connection, name: name ?? connection.name, selection, version: connection.version + 1 };
  if (after.name === connection.name && sameSelection(selection, connection.selection))
    return { connection, lens, actions: [], events: [] };
  const { orgId, workspaceId, connectionId } = connection;
  return {
    connection: after,
    lens: chosen?.lens ?? lens,
    actions: [
      update(
        connectionKey(orgId, connection),
        { set: { name: after.name, selection }, add: { version: 1 } },
        { when: connectionAsRead(connection) },
      ),
      ...moveFollowers(originOf(lens, connection), connection, selection),
      ...(chosen?.actions ?? []),
    ],
    events: [
      {
        orgId,
        type: 'connection.updated',
        workspaceId,
        details: {
          connectionId,
          originId: connection.origin.connectionId,
          ...(after.name !== connection.name && { name: { before: connection.name, after: after.name } }),
          ...(chosen &&
            !sameSelection(selection, connection.selection) && {
              selection: selectionChange(
                { mode: connection.selection.mode, accounts: selectedAccounts(lens, connection) },
                { mode: selection.mode, accounts: chosen.selected },
                chosen.accounts ?? (await allAccounts(ctx, originOf(lens, connection))),
              ),
            }),
        },
      },
    ],
  };
}

/**
 * Copies that take all follow the selection of their parent. Their own version stays; the lineage's `revision` moves, on
 * which everything rests that was decided by what an ancestor has selected.
 */
function moveFollowers(origin: Origin, connection: Connection, selection: Selection): Action[] {
  if (connection.childCount === 0 || sameSelection(selection, connection.selection)) return [];
  const when = [equals('revision', origin.revision)];
  return [update(connectionKey(origin.orgId, origin), { add: { revision: 1 } }, { when })];
}

function sameSelection(a: Selection, b: Selection): boolean {
  if (a.mode === 'all' || b.mode === 'all') return a.mode === b.mode;
  return isEmpty(difference(a.accounts, b.accounts)) && isEmpty(difference(b.accounts, a.accounts));
}

type Chosen = {
  selection: Selection;
  /** What that selects now, and the accounts of the lineage. */
  selected: AccountSet;
  /** Undefined where they were not read. */
  accounts: readonly Account[] | undefined;
  lens: Lens;
  actions: Action[];
};

async function choose(
  ctx: UserContext,
  connection: Connection,
  lens: Lens,
  accountIds: Choice,
  { pointer }: { pointer: string },
): Promise<Chosen> {
  const origin = originOf(lens, connection);
  const all: Selection = { mode: 'all', asOf: origin.accountList.version };
  const [present, accounts] = await Promise.all([
    accountIds === 'all' ? selectedAccounts(lens, connection) : selectedSince(ctx, lens, connection),
    Array.isArray(accountIds) ? allAccounts(ctx, origin) : undefined,
  ]);
  const isMore = takesMore(connection, present, accounts ?? [], accountIds);
  const source = isMore && connection.parent ? await parentOf(ctx, connection, connection.parent) : undefined;
  const offered = source ? selectedAccounts(source.lens, source.parent) : origin.accountList.available;
  const known = connection.parent && !source ? present : union(present, offered);
  const allowed = union(present, intersection(known, origin.accountList.available));
  const isAllowed = ({ ordinal }: { ordinal: number }) => includes(allowed, ordinal);
  const isShared = accountIds !== 'all' && [connection, source?.parent].some(offersByLineage);
  const named =
    accountIds === 'all'
      ? undefined
      : Array.isArray(accountIds)
        ? ordinalsOf(accounts ?? [], accountIds, isAllowed, pointer)
        : decidedBefore(origin, accountIds, allowed);
  const selection: Selection = named ? { mode: 'selected', accounts: named } : all;
  return {
    selection,
    selected: named ?? offered,
    accounts,
    lens: source?.lens ?? lens,
    actions: [
      ...(source ? [rightHolds(ctx, source.access, 'editor'), parentAsRead(source.parent)] : []),
      ...(isShared ? [sharedAsRead(origin)] : []),
      ...rememberSelected(origin, selection),
    ],
  };
}

function allAccounts(ctx: UserContext, origin: Origin): Promise<Account[]> {
  return readAccounts(ctx, origin, origin.accountList);
}

/** Whether the choice has something that the connection has not selected yet. */
function takesMore(
  { selection }: Connection,
  present: AccountSet,
  accounts: readonly Account[],
  choice: Choice,
): boolean {
  if (choice === 'all') return selection.mode !== 'all';
  if (!Array.isArray(choice)) return !isEmpty(difference(choice.accounts, present));
  const has = new Set(accounts.filter(({ ordinal }) => includes(present, ordinal)).map(({ id }) => id));
  return choice.some((id) => !has.has(id));
}

/** What a connection offers is decided outside its own item: by the ancestor that it follows, or by the list. */
function offersByLineage(connection: Connection | undefined): boolean {
  return connection !== undefined && (connection.selection.mode === 'all' || !connection.parent);
}

type Source = { access: Access; parent: Connection; lens: Lens };

/** The parent, whose accounts the caller may hand on only with the right in its workspace. */
async function parentOf(ctx: UserContext, connection: Connection, parentAt: Reference): Promise<Source> {
  const access = (await accessToMany(ctx, [parentAt.workspaceId])).get(parentAt.workspaceId);
  if (!access) throw forbidden('Adding an account to a copy needs the right in its parent’s workspace.');
  allowing(access, 'editor');
  notBeingDeleted(access.workspace);
  const parent = await findConnection(ctx, ctx.actor.orgId, parentAt);
  if (!parent) throw new Stale(`connection ${connection.connectionId} was read before its parent went`);
  return { access, parent, lens: await lensOn(ctx, [connection, parent]) };
}

function parentAsRead(parent: Connection): Action {
  return check(connectionKey(parent.orgId, parent), [
    equals('connectionId', parent.connectionId),
    equals('selection', parent.selection),
  ]);
}
