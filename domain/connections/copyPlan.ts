import {
  type Access,
  accessToMany,
  allowing,
  notBeingDeleted,
  rightHolds,
  workspaceStays,
} from '../access/access.ts';
import { ordinalsOf, readAccounts } from '../accounts/accountList.ts';
import { includes } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import type { ConnectionId, WorkspaceId } from '../ids.ts';
import { type Action, put, update } from '../table/action.ts';
import { findItems, isPassing } from '../table/client.ts';
import { absent, type Condition, equals } from '../table/condition.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import {
  type Connection,
  connectionItem,
  connectionKey,
  type Origin,
  parseConnection,
  type Reference,
  type Selection,
} from './connection.item.ts';
import { type DecidedAccounts, decidedBefore } from './decidedAccounts.ts';
import { asShared } from './getConnection.ts';
import { type Lens, lensOn, originOf } from './lens.ts';
import { isTooDeep, newCopy, refuseTooDeep } from './newCopy.ts';
import type { Passed } from './passedOver.ts';
import { rememberSelected } from './selectedEver.ts';
import { selectedSince } from './selectedSince.ts';

/** Which accounts a copy gets: by id, or as a set that was decided before; neither: what the source has selected. */
export type Wanted = {
  at: Reference;
  /** Named one by one: what stands in its way is an error. Otherwise what the workspace has already is passed over. */
  isNamed: boolean;
  accountIds?: readonly string[] | undefined;
  decided?: DecidedAccounts | undefined;
  /** The connection, where it has been read already. */
  source?: Connection | undefined;
  /** Where in the request it is named. */
  pointer: string;
  copyId?: ConnectionId | undefined;
};

/** A copy that can be made, what it is made from, its origin, the right it rests on, and that it is offered what was named. */
export type PlannedCopy = {
  copy: Connection;
  source: Connection;
  origin: Origin;
  access: Access;
  offered: Condition[];
  /** Where the accounts were named. */
  accountIds?: readonly string[] | undefined;
};

export type CopyPlan = { copies: PlannedCopy[]; skipped: Passed[]; lens: Lens };

export type Target = { workspaceId: WorkspaceId; isNew: boolean };

/** Takes what can't be copied: a request throws it, an operation lists it as skipped. */
export type Refuse = (wanted: Wanted, error: DomainError) => void;

/**
 * Decides what it takes to copy connections into a workspace, reading everything of the batch together. `taken`: the
 * origins that earlier batches copied; grows by this one's. What can't be copied goes to `refuse`: `not_found`,
 * `forbidden`, `workspace_busy`, `already_connected`, `account_not_available`, `validation_failed` for a copy too deep.
 */
export async function planBatch(
  ctx: UserContext,
  target: Target,
  batch: readonly Wanted[],
  taken: Set<ConnectionId>,
  refuse: Refuse,
): Promise<CopyPlan> {
  const [accesses, sources] = await Promise.all([
    accessToMany(ctx, [...new Set(batch.map(({ at }) => at.workspaceId))]),
    sourcesOf(ctx, batch),
  ]);
  const present = target.isNew ? new Set() : await originsIn(ctx, target.workspaceId, [...sources.values()]);
  const isTaken = ({ origin }: Connection) =>
    taken.has(origin.connectionId) || present.has(origin.connectionId);
  const lens = await lensOn(
    ctx,
    [...sources.values()].filter((source) => !isTaken(source)),
  );
  // Each named selection needs its list of accounts: all of them are read at the same time.
  const selections = await Promise.allSettled(
    batch.map(async (wanted) => {
      const source = sources.get(wanted);
      return source && !isTaken(source) ? selectionFor(ctx, lens, source, wanted) : undefined;
    }),
  );
  const plan: CopyPlan = { copies: [], skipped: [], lens };
  for (const [n, wanted] of batch.entries()) {
    try {
      const access = sourceAccess(accesses, wanted.at.workspaceId);
      const source = sources.get(wanted);
      if (!source && !wanted.isNamed) continue;
      if (!source) throw notFound();
      if (isTaken(source) && wanted.isNamed) throw alreadyConnected(source, wanted.pointer);
      if (isTaken(source)) plan.skipped.push({ ...wanted.at, code: 'already_connected' });
      else if (isTooDeep(source) && !wanted.isNamed)
        plan.skipped.push({ ...wanted.at, code: 'validation_failed' });
      else {
        refuseTooDeep(source, wanted.pointer);
        const selection = settled(selections[n]);
        plan.copies.push({
          copy: newCopy(ctx, target.workspaceId, source, selection, wanted.copyId),
          source,
          origin: originOf(lens, source),
          access,
          offered: wanted.decided || wanted.accountIds ? asShared(originOf(lens, source)) : [],
          accountIds: wanted.accountIds,
        });
        taken.add(source.origin.connectionId);
      }
    } catch (error) {
      if (!(error instanceof DomainError) || isPassing(error)) throw error;
      refuse(wanted, error);
    }
  }
  return plan;
}

function settled(result: PromiseSettledResult<Selection | undefined> | undefined): Selection {
  if (result?.status === 'rejected') throw result.reason;
  if (!result?.value) throw notFound();
  return result.value;
}

/** The caller's right to copy out of a workspace. Throws `not_found`, `forbidden`, `workspace_busy`. */
export function sourceAccess(accesses: ReadonlyMap<WorkspaceId, Access>, workspaceId: WorkspaceId): Access {
  const found = accesses.get(workspaceId);
  if (!found) throw notFound();
  allowing(found, 'editor');
  notBeingDeleted(found.workspace);
  return found;
}

async function sourcesOf(ctx: UserContext, batch: readonly Wanted[]): Promise<Map<Wanted, Connection>> {
  const unread = batch.filter(({ source }) => source === undefined);
  const items = await findItems(
    ctx,
    unread.map(({ at }) => connectionKey(ctx.actor.orgId, at)),
  );
  const found = new Map(items.map(parseConnection).map((c) => [`${c.workspaceId} ${c.connectionId}`, c]));
  return new Map(
    batch.flatMap((wanted) => {
      const source = wanted.source ?? found.get(`${wanted.at.workspaceId} ${wanted.at.connectionId}`);
      return source ? [[wanted, source]] : [];
    }),
  );
}

/** The origins that a workspace already has a connection of, among those of the sources. */
async function originsIn(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  sources: Connection[],
): Promise<Set<ConnectionId>> {
  const keys = sources.map(({ origin }) =>
    connectionKey(ctx.actor.orgId, { workspaceId, connectionId: origin.connectionId }),
  );
  return new Set((await findItems(ctx, keys)).map((item) => parseConnection(item).origin.connectionId));
}

function alreadyConnected({ connectionId, origin }: Connection, pointer: string): DomainError {
  return new DomainError('already_connected', 'The workspace already has a connection of the same origin.', {
    extra: {
      connectionId,
      originId: origin.connectionId,
      errors: [{ pointer, detail: 'Already connected.' }],
    },
  });
}

/** Wanted accounts must be among those that the source has selected; unnamed, the source's selection is taken over. */
async function selectionFor(
  ctx: UserContext,
  lens: Lens,
  source: Connection,
  wanted: Wanted,
): Promise<Selection> {
  const origin = originOf(lens, source);
  if (wanted.decided) {
    const selected = await selectedSince(ctx, lens, source);
    return { mode: 'selected', accounts: decidedBefore(origin, wanted.decided, selected) };
  }
  if (!wanted.accountIds)
    return source.selection.mode === 'all'
      ? { mode: 'all', asOf: origin.accountList.version }
      : source.selection;
  const [offered, accounts] = await Promise.all([
    selectedSince(ctx, lens, source),
    readAccounts(ctx, origin, origin.accountList),
  ]);
  const isOffered = ({ ordinal, lostIn }: { ordinal: number; lostIn?: number }) =>
    lostIn === undefined && includes(offered, ordinal);
  return {
    mode: 'selected',
    accounts: ordinalsOf(accounts, wanted.accountIds, isOffered, `${wanted.pointer}/accountIds`),
  };
}

/**
 * The actions of one copy: the right in the source, the source's workspace, the copy itself, and its parent and origin,
 * which are one item when an original is copied. Actions on shared items merge.
 */
export function copyActions(
  ctx: UserContext,
  { copy, source, origin, access, offered }: PlannedCopy,
): Action[] {
  const { orgId } = ctx.actor;
  return [
    rightHolds(ctx, access, 'editor'),
    update(
      workspaceKey(orgId, source.workspaceId),
      { add: { copiesElsewhere: 1 } },
      { when: [workspaceStays] },
    ),
    put(connectionItem(copy), { when: [absent] }),
    update(
      connectionKey(orgId, source),
      { add: { childCount: 1 } },
      { when: [equals('connectionId', source.connectionId), equals('selection', source.selection)] },
    ),
    update(
      connectionKey(orgId, source.origin),
      { add: { lineageCount: 1 } },
      { when: [equals('connectionId', source.origin.connectionId), ...offered] },
    ),
    ...rememberSelected(origin, copy.selection),
  ];
}
