import * as z from 'zod/mini';
import { accessToMany } from '../access/access.ts';
import { AccountIds } from '../accounts/accountIds.ts';
import type { UserContext } from '../context.ts';
import { invalid } from '../errors.ts';
import { ConnectionId, WorkspaceId } from '../ids.ts';
import type { WorkItem } from '../operations/operation.item.ts';
import { query } from '../table/client.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';
import { connectionPrefix, parseConnection } from './connection.item.ts';
import {
  type CopyPlan,
  type PlannedCopy,
  planBatch,
  sourceAccess,
  type Target,
  type Wanted,
} from './copyPlan.ts';
import { decidedWork } from './decidedAccounts.ts';
import { nothingPassedOver, type PassedOver, passOver } from './passedOver.ts';

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

const perBatch = 100;
/** Connections that one request may ask for, those of whole workspaces included: each is looked at before the answer. */
const lookedAtMost = 50_000;

/** Refuses what can never be copied. Throws `validation_failed`, and `not_found`, `forbidden`, `workspace_busy` of a source. */
export async function checkRequest(
  ctx: UserContext,
  target: WorkspaceId,
  request: CopyRequest,
): Promise<void> {
  const { sources, sourcesPointer, allFrom, allFromPointer } = request;
  const detail = 'A connection is copied from another workspace, not into its own.';
  const ids = sources.map(({ connectionId }) => connectionId);
  const first = new Map(ids.map((id, n) => [id, n] as const).reverse());
  const faults = [
    ...sources.flatMap((s, n) =>
      s.workspaceId === target ? [{ pointer: `${sourcesPointer}/${n}/workspaceId`, detail }] : [],
    ),
    ...allFrom.flatMap((id, n) => (id === target ? [{ pointer: `${allFromPointer}/${n}`, detail }] : [])),
    ...ids.flatMap((id, n) =>
      first.get(id) === n
        ? []
        : [{ pointer: `${sourcesPointer}/${n}`, detail: 'This connection is named twice.' }],
    ),
  ];
  if (faults.length > 0) throw invalid(...faults);
  const workspaceIds = new Set([...sources.map(({ workspaceId }) => workspaceId), ...allFrom]);
  const accesses = await accessToMany(ctx, [...workspaceIds]);
  for (const id of workspaceIds) sourceAccess(accesses, id);
  const whole = [...new Set(allFrom)].map((id) => accesses.get(id)?.workspace.connectionCount ?? 0);
  const count = sources.length + whole.reduce((sum, connections) => sum + connections, 0);
  if (count > lookedAtMost)
    throw invalid({
      pointer: allFromPointer,
      detail: `These are ${count} connections; one request takes up to ${lookedAtMost}.`,
    });
}

/** What a request wants copied, in batches: named ones first, then whole workspaces without those. */
export async function* wantedBy(ctx: UserContext, request: CopyRequest): AsyncGenerator<Wanted[]> {
  const { sources, sourcesPointer, allFrom, allFromPointer } = request;
  const named = sources.map(
    ({ workspaceId, connectionId, accountIds }, n): Wanted => ({
      at: { workspaceId, connectionId },
      isNamed: true,
      accountIds,
      pointer: `${sourcesPointer}/${n}`,
    }),
  );
  for (let start = 0; start < named.length; start += perBatch) yield named.slice(start, start + perBatch);
  const namedIds = new Set(sources.map(({ connectionId }) => connectionId));
  for (const workspaceId of new Set(allFrom)) {
    const partition = workspacePartition(ctx.actor.orgId, workspaceId);
    let after: Awaited<ReturnType<typeof query>>['next'];
    do {
      const page = await query(ctx, { partition, prefix: connectionPrefix, limit: perBatch, after });
      const connections = page.items.map(parseConnection);
      yield connections
        .filter(({ connectionId }) => !namedIds.has(connectionId))
        .map((source) => ({
          at: { workspaceId, connectionId: source.connectionId },
          isNamed: false,
          source,
          pointer: allFromPointer,
        }));
      after = page.next;
    } while (after);
  }
}

/** All copies of a request that may fit one transaction, and what is passed over. */
export type CopiesAtOnce = Pick<CopyPlan, 'copies' | 'lens'> & { passedOver: PassedOver };

/** All copies of a request that may fit one transaction; `undefined` when there are more than `most`. */
export async function planCopies(
  ctx: UserContext,
  target: Target,
  request: CopyRequest,
  most: number,
): Promise<CopiesAtOnce | undefined> {
  await checkRequest(ctx, target.workspaceId, request);
  const whole: CopiesAtOnce = {
    copies: [],
    passedOver: nothingPassedOver(),
    lens: { origins: new Map(), ancestors: new Map(), sees: () => false },
  };
  for await (const plan of plannedBatches(ctx, target, request)) {
    whole.copies.push(...plan.copies);
    passOver(whole.passedOver, plan.skipped);
    whole.lens = {
      origins: new Map([...whole.lens.origins, ...plan.lens.origins]),
      ancestors: new Map([...whole.lens.ancestors, ...plan.lens.ancestors]),
      sees: eitherSees(whole.lens.sees, plan.lens.sees),
    };
    if (whole.copies.length > most) return undefined;
  }
  return whole;
}

function eitherSees(a: CopyPlan['lens']['sees'], b: CopyPlan['lens']['sees']): CopyPlan['lens']['sees'] {
  return (id) => a(id) || b(id);
}

/**
 * The same request as the work of an operation, batch by batch. `count` learns how many copies there are more, `passedOver`
 * what is passed over.
 */
export async function* copyWork(
  ctx: UserContext,
  target: Target,
  request: CopyRequest,
  passedOver: PassedOver,
  count: (copies: number) => void,
): AsyncGenerator<WorkItem[]> {
  for await (const { copies, skipped } of plannedBatches(ctx, target, request)) {
    count(copies.length);
    passOver(passedOver, skipped);
    yield copies.map((planned) => workOf(planned, request));
  }
}

async function* plannedBatches(
  ctx: UserContext,
  target: Target,
  request: CopyRequest,
): AsyncGenerator<CopyPlan> {
  const taken = new Set<ConnectionId>();
  for await (const batch of wantedBy(ctx, request)) {
    yield await planBatch(ctx, target, batch, taken, (_, error) => {
      throw error;
    });
  }
}

/** Only named accounts are decided now; a whole selection is taken over when the copy is made. */
function workOf({ copy, source, origin }: PlannedCopy, { sources }: CopyRequest): WorkItem {
  const isChosen = sources.some((s) => s.connectionId === source.connectionId && s.accountIds !== undefined);
  return {
    kind: 'copy',
    source: { workspaceId: source.workspaceId, connectionId: source.connectionId },
    copyId: copy.connectionId,
    ...(isChosen && copy.selection.mode === 'selected' && decidedWork(copy.selection.accounts, origin)),
  };
}
