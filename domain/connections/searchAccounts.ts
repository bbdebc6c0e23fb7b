import * as z from 'zod/mini';
import { accessTo, callerOf } from '../access/access.ts';
import type { Account } from '../accounts/accountList.item.ts';
import { readAccounts } from '../accounts/accountList.ts';
import { type AccountSet, difference, includes, isEmpty, noAccounts, union } from '../accounts/accountSet.ts';
import type { UserContext } from '../context.ts';
import { type ConnectionId, WorkspaceId } from '../ids.ts';
import { matches } from '../search.ts';
import { findItems, type Position, query, queryAll } from '../table/client.ts';
import { openCursor, sealCursor } from '../table/cursor.ts';
import { type Page, pageQuery } from '../table/page.ts';
import { snapshot } from '../table/write.ts';
import { Search } from '../workspaces/listWorkspaces.ts';
import { type Visible, visibleWorkspaces } from '../workspaces/visibleWorkspaces.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';
import {
  type Connection,
  connectionKey,
  connectionPrefix,
  lineagePartition,
  parseConnection,
} from './connection.item.ts';
import { type Lens, lensOn, originOf, usableAccounts } from './lens.ts';

export const AccountSearchQuery = z.strictObject({
  ...pageQuery,
  search: Search,
  notInWorkspaceId: z.optional(WorkspaceId),
  dataSource: z.optional(z.string().check(z.maxLength(100))),
});
type Asked = z.output<typeof AccountSearchQuery>;
type Filters = Omit<Asked, 'limit' | 'cursor'>;
type Offers = (connection: Connection, lens: Lens) => Promise<AccountSet>;

export const FoundAccount = z.object({
  accountId: z.string(),
  name: z.string(),
  status: z.literal('available'),
  dataSource: z.string(),
  connection: z.object({
    connectionId: z.string(),
    workspaceId: z.string(),
    workspaceName: z.string(),
    name: z.string(),
    status: z.enum(['active', 'error']),
  }),
});
export type FoundAccount = z.output<typeof FoundAccount>;

/** Where the walk over workspaces, their connections and the accounts of each goes on. */
type Place = { workspaceId: string; after?: Position; within?: { connectionId: string; accountId: string } };

/**
 * Connections, and pages of account lists (of 200 KB), that one page of results looks at before it answers with a short
 * one; and how many of the latter are read at the same time. The largest list has some 40 pages.
 */
const connectionsPerPage = 200;
const listPagesPerPage = 200;
const listPagesPerBatch = 50;

/**
 * The accounts that the caller could copy from all their workspaces: "Use the search bar to find the account you need."
 * What several connections of one origin offer is listed once, at the first of them; `notInWorkspaceId` leaves out
 * origins that a workspace has already. Throws `not_found` for a workspace that the caller doesn't see.
 */
export async function searchAccounts(
  ctx: UserContext,
  { limit, cursor, ...asked }: Asked,
): Promise<Page<FoundAccount>> {
  const { search, notInWorkspaceId, dataSource } = asked;
  if (notInWorkspaceId) await accessTo(ctx, notInWorkspaceId, 'viewer');
  const list = ['account-search', search, notInWorkspaceId, dataSource];
  let place: Place = cursor ? ((await openCursor(ctx, list, cursor)) as Place) : { workspaceId: '' };
  const sources = copyable(await visibleWorkspaces(ctx, await callerOf(ctx)), notInWorkspaceId);
  const offers = offersOf(ctx, sources);
  const items: FoundAccount[] = [];
  const enough = searchedEnough(ctx);
  for (const [workspaceId, { workspace }] of sources) {
    if (workspaceId < place.workspaceId) continue;
    if (workspaceId !== place.workspaceId) place = { workspaceId };
    for (let isMore = true; isMore; ) {
      const { connections, offered, lens, hasMore, listPages } = await snapshot(ctx, () =>
        readBatch(ctx, place, asked, offers),
      );
      for (const connection of connections) {
        const { connectionId } = connection;
        // Only in the connection that the walk stands in; that one may have gone.
        const from = place.within?.connectionId === connectionId ? place.within.accountId : undefined;
        for (const account of offered.get(connection) ?? []) {
          if ((from !== undefined && account.id <= from) || !matches(search, account.id, account.name))
            continue;
          if (items.length === limit) return { items, nextCursor: await sealCursor(ctx, list, place) };
          items.push(viewFound(account, connection, lens, workspace.name));
          place = { ...place, within: { connectionId, accountId: account.id } };
        }
        const { pk, sk } = connectionKey(ctx.actor.orgId, connection);
        place = { workspaceId, after: { pk, sk } };
      }
      if (enough(connections.length, listPages))
        return { items, nextCursor: await sealCursor(ctx, list, place) };
      isMore = hasMore;
    }
  }
  return { items, nextCursor: null };
}

/** Says when a page has looked at enough, also when half of the request's time is gone: the next one goes on from there. */
function searchedEnough(ctx: UserContext) {
  const halfTime = (ctx.now().getTime() + ctx.deadline) / 2;
  let [looked, read] = [0, 0];
  return (connections: number, listPages: number): boolean => {
    looked += connections;
    read += listPages;
    return looked >= connectionsPerPage || read >= listPagesPerPage || ctx.now().getTime() >= halfTime;
  };
}

const connectionsPerBatch = 25;

/** Some connections of a workspace with the accounts that each of them is the first to offer, read at the same time. */
async function readBatch(ctx: UserContext, place: Place, asked: Filters, offers: Offers) {
  const partition = workspacePartition(ctx.actor.orgId, WorkspaceId.parse(place.workspaceId));
  const source = { partition, prefix: connectionPrefix, after: place.after, limit: connectionsPerBatch };
  const { items, next } = await query(ctx, source);
  const found = items.map(parseConnection);
  const shown = await notYetIn(ctx, found, asked);
  const lens = await lensOn(ctx, shown);
  const sets = new Map(
    await Promise.all(shown.map(async (connection) => [connection, await offers(connection, lens)] as const)),
  );
  const isOffering = (connection: Connection) => !isEmpty(sets.get(connection) ?? noAccounts);
  const pagesOf = (connection: Connection) =>
    isOffering(connection) ? originOf(lens, connection).accountList.pages : 0;
  const { first: connections, sum: listPages } = upTo(found, pagesOf, listPagesPerBatch);
  const read = connections.filter(isOffering).map(async (connection) => {
    const origin = originOf(lens, connection);
    const accounts = await readAccounts(ctx, origin, origin.accountList);
    const offered = sets.get(connection) ?? noAccounts;
    return [connection, accounts.filter(({ ordinal }) => includes(offered, ordinal))] as const;
  });
  const hasMore = next !== undefined || connections.length < found.length;
  return { connections, offered: new Map(await Promise.all(read)), lens, hasMore, listPages };
}

/** The first items, as many as weigh no more than `most` together, at least one. */
function upTo<T>(items: readonly T[], weigh: (item: T) => number, most: number): { first: T[]; sum: number } {
  const first: T[] = [];
  let sum = 0;
  for (const item of items) {
    const weight = weigh(item);
    if (first.length > 0 && sum + weight > most) break;
    first.push(item);
    sum += weight;
  }
  return { first, sum };
}

/** Workspaces that the caller may copy from, by id. */
function copyable(
  visible: ReadonlyMap<WorkspaceId, Visible>,
  target: WorkspaceId | undefined,
): Map<WorkspaceId, Visible> {
  const entries = [...visible].filter(
    ([id, { role, workspace }]) => role !== 'viewer' && id !== target && workspace.status === 'active',
  );
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Those connections that match the data source and whose origin the target workspace does not have. */
async function notYetIn(ctx: UserContext, connections: Connection[], asked: Filters): Promise<Connection[]> {
  const wanted = connections.filter(({ dataSource }) => !asked.dataSource || dataSource === asked.dataSource);
  const target = asked.notInWorkspaceId;
  if (!target) return wanted;
  const keys = wanted.map(({ origin }) =>
    connectionKey(ctx.actor.orgId, { workspaceId: target, connectionId: origin.connectionId }),
  );
  const taken = new Set(
    (await findItems(ctx, keys)).map((item) => parseConnection(item).origin.connectionId),
  );
  return wanted.filter(({ origin }) => !taken.has(origin.connectionId));
}

/**
 * Which accounts a connection offers and none before it does; what is read of a lineage is kept for the request, unless it
 * turns out to be out of date.
 */
function offersOf(ctx: UserContext, sources: ReadonlyMap<WorkspaceId, Visible>): Offers {
  const relatives = new Map<ConnectionId, Promise<{ connections: Connection[]; lens: Lens }>>();
  const relativesOf = (originId: ConnectionId) => {
    const known = relatives.get(originId) ?? readRelatives(ctx, originId, sources);
    relatives.set(originId, known);
    return known;
  };
  return async (connection, lens) => {
    const originId = connection.origin.connectionId;
    try {
      const { connections, lens: theirs } = await relativesOf(originId);
      const earlier = connections
        .filter(({ workspaceId }) => workspaceId < connection.workspaceId)
        .reduce<AccountSet>((all, relative) => union(all, usableAccounts(theirs, relative)), noAccounts);
      return difference(usableAccounts(lens, connection), earlier);
    } catch (error) {
      relatives.delete(originId);
      throw error;
    }
  };
}

async function readRelatives(
  ctx: UserContext,
  originId: ConnectionId,
  sources: ReadonlyMap<WorkspaceId, Visible>,
) {
  const connections: Connection[] = [];
  const lineage = { partition: lineagePartition(ctx.actor.orgId, originId), onIndex: true };
  for await (const item of queryAll(ctx, lineage)) {
    const relative = parseConnection(item);
    if (sources.has(relative.workspaceId)) connections.push(relative);
  }
  return { connections, lens: await lensOn(ctx, connections) };
}

function viewFound(
  account: Account,
  connection: Connection,
  lens: Lens,
  workspaceName: string,
): FoundAccount {
  const { connectionId, workspaceId, name, dataSource } = connection;
  const { status } = originOf(lens, connection).authorization;
  return {
    accountId: account.id,
    name: account.name,
    status: 'available',
    dataSource,
    connection: { connectionId, workspaceId, workspaceName, name, status },
  };
}
