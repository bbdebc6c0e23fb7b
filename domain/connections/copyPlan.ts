import * as z from 'zod/mini';
import {
  type Access,
  accessToMany,
  allowing,
  notBusy,
  rightHolds,
  workspaceIsActive,
} from '../access/access.ts';
import { ordinalsOf, readAccounts } from '../accounts/accountList.ts';
import { includes } from '../accounts/accountSet.ts';
import { timestamp, type UserContext } from '../context.ts';
import { DomainError, invalid, notFound } from '../errors.ts';
import { ConnectionId, WorkspaceId } from '../ids.ts';
import { type Action, put, update } from '../table/action.ts';
import { findItems, queryAll } from '../table/client.ts';
import { absent, equals } from '../table/condition.ts';
import { workspaceKey, workspacePartition } from '../workspaces/workspace.item.ts';
import {
  type Connection,
  connectionItem,
  connectionKey,
  connectionPrefix,
  copyId,
  parseConnection,
  type Selection,
} from './connection.item.ts';
import { type Lens, lensOn, originOf, selectedAccounts } from './lens.ts';

/** At most so many accounts are named in one selection. */
export const AccountIds = z.array(z.string().check(z.minLength(1), z.maxLength(128))).check(
  z.maxLength(10_000),
  z.refine((ids) => new Set(ids).size === ids.length, 'has an id twice'),
);

/** A connection to copy; `accountIds` left out: all that the source has selected. */
export const SourceInput = z.strictObject({
  workspaceId: WorkspaceId,
  connectionId: ConnectionId,
  accountIds: z.optional(AccountIds),
});
export type SourceInput = z.output<typeof SourceInput>;

/** What to copy: named connections, and every connection of whole workspaces. Pointers lead back into the request. */
export type CopyRequest = {
  sources: readonly SourceInput[];
  sourcesPointer: string;
  allFrom: readonly WorkspaceId[];
  allFromPointer: string;
};

/** A copy that can be made: the new connection, what it is made from, and the right it rests on. */
export type PlannedCopy = { copy: Connection; source: Connection; access: Access };

export type Skipped = { workspaceId: WorkspaceId; connectionId: ConnectionId; code: 'already_connected' };

export type CopyPlan = { copies: PlannedCopy[]; skipped: Skipped[]; lens: Lens };

/**
 * Decides what a copy request makes in a workspace (`undefined` target: one that does not exist yet, so it has nothing).
 * Throws `not_found`, `forbidden`, `workspace_busy`, `already_connected`, `account_not_available`, `validation_failed`.
 */
export async function planCopies(
  ctx: UserContext,
  target: { workspaceId: WorkspaceId; isNew: boolean },
  request: CopyRequest,
): Promise<CopyPlan> {
  refuseOwn(target.workspaceId, request);
  const named = request.sources.map(({ workspaceId }) => workspaceId);
  const accesses = await accessToMany(ctx, [...new Set([...named, ...request.allFrom])]);
  const access = (workspaceId: WorkspaceId) => {
    const found = accesses.get(workspaceId);
    if (!found) throw notFound();
    notBusy(found.workspace);
    return allowing(found, 'editor');
  };
  for (const id of [...named, ...request.allFrom]) access(id);
  const explicit = await namedSources(ctx, request.sources);
  const everything = await allOf(ctx, request.allFrom);
  const sources = [...explicit, ...everything.filter((source) => !explicit.some((e) => same(e, source)))];
  const taken = target.isNew ? new Set<ConnectionId>() : await originsIn(ctx, target.workspaceId, sources);
  const lens = await lensOn(ctx, sources);
  const plan: CopyPlan = { copies: [], skipped: [], lens };
  for (const [n, source] of sources.entries()) {
    const originId = source.origin.connectionId;
    if (taken.has(originId) && n < explicit.length)
      throw alreadyConnected(source, `${request.sourcesPointer}/${n}`);
    if (taken.has(originId)) plan.skipped.push({ ...reference(source), code: 'already_connected' });
    else {
      const selection = await selectionFor(
        ctx,
        lens,
        source,
        request.sources[n]?.accountIds,
        `${request.sourcesPointer}/${n}/accountIds`,
      );
      const copy = copyOf(ctx, target.workspaceId, source, selection);
      plan.copies.push({ copy, source, access: access(source.workspaceId) });
    }
    taken.add(originId);
  }
  return plan;
}

function same(a: Connection, b: Connection): boolean {
  return a.connectionId === b.connectionId;
}

function reference({ workspaceId, connectionId }: Connection) {
  return { workspaceId, connectionId };
}

function refuseOwn(
  target: WorkspaceId,
  { sources, sourcesPointer, allFrom, allFromPointer }: CopyRequest,
): void {
  const detail = 'A connection is copied from another workspace, not into its own.';
  const faults = [
    ...sources.flatMap((s, n) => (s.workspaceId === target ? [`${sourcesPointer}/${n}/workspaceId`] : [])),
    ...allFrom.flatMap((id, n) => (id === target ? [`${allFromPointer}/${n}`] : [])),
  ];
  const ids = sources.map(({ connectionId }) => connectionId);
  const twice = ids.flatMap((id, n) => (ids.indexOf(id) < n ? [`${sourcesPointer}/${n}`] : []));
  if (faults.length + twice.length > 0)
    throw invalid(
      ...faults.map((pointer) => ({ pointer, detail })),
      ...twice.map((pointer) => ({ pointer, detail: 'This connection is named twice.' })),
    );
}

/** The named connections in the order of the request. */
async function namedSources(ctx: UserContext, sources: readonly SourceInput[]): Promise<Connection[]> {
  const items = await findItems(
    ctx,
    sources.map((source) => connectionKey(ctx.actor.orgId, source)),
  );
  const found = new Map(items.map(parseConnection).map((c) => [`${c.workspaceId} ${c.connectionId}`, c]));
  return sources.map((source) => {
    const connection = found.get(`${source.workspaceId} ${source.connectionId}`);
    if (!connection) throw notFound();
    return connection;
  });
}

async function allOf(ctx: UserContext, workspaceIds: readonly WorkspaceId[]): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (const id of new Set(workspaceIds)) {
    const partition = workspacePartition(ctx.actor.orgId, id);
    for await (const item of queryAll(ctx, { partition, prefix: connectionPrefix })) {
      connections.push(parseConnection(item));
    }
  }
  return connections;
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
    extra: { connectionId, originId: origin.connectionId, pointer },
  });
}

/** Named accounts must be among those that the source has selected; unnamed, the source's selection is taken over. */
async function selectionFor(
  ctx: UserContext,
  lens: Lens,
  source: Connection,
  accountIds: readonly string[] | undefined,
  pointer: string,
): Promise<Selection> {
  const origin = originOf(lens, source);
  if (!accountIds)
    return source.selection.mode === 'all'
      ? { mode: 'all', asOf: origin.accountList.version }
      : source.selection;
  const offered = selectedAccounts(lens, source);
  const accounts = await readAccounts(ctx, origin, origin.accountList);
  const isOffered = ({ ordinal, lostIn }: { ordinal: number; lostIn?: number }) =>
    lostIn === undefined && includes(offered, ordinal);
  return { mode: 'selected', accounts: ordinalsOf(accounts, accountIds, isOffered, pointer) };
}

function copyOf(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  source: Connection,
  selection: Selection,
): Connection {
  return {
    orgId: ctx.actor.orgId,
    workspaceId,
    connectionId: copyId(ctx.newId('con'), source.origin.connectionId),
    name: source.name,
    dataSource: source.dataSource,
    selection,
    parent: reference(source),
    origin: source.origin,
    childCount: 0,
    createdAt: timestamp(ctx),
    createdBy: ctx.actor.userId,
    version: 1,
  };
}

/**
 * The actions of one copy: the right in the source, the source's workspace, the copy itself, and its parent and origin,
 * which are one item when an original is copied. Actions on shared items merge.
 */
export function copyActions(ctx: UserContext, { copy, source, access }: PlannedCopy): Action[] {
  const { orgId } = ctx.actor;
  return [
    rightHolds(ctx, access, 'editor'),
    update(
      workspaceKey(orgId, source.workspaceId),
      { add: { copiesElsewhere: 1 } },
      { when: [workspaceIsActive] },
    ),
    put(connectionItem(copy), { when: [absent] }),
    update(
      connectionKey(orgId, reference(source)),
      { add: { childCount: 1, version: 1 } },
      { when: [equals('connectionId', source.connectionId), equals('selection', source.selection)] },
    ),
    update(
      connectionKey(orgId, source.origin),
      { add: { lineageCount: 1 } },
      { when: [equals('connectionId', source.origin.connectionId)] },
    ),
  ];
}
