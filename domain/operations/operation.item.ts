import * as z from 'zod/mini';
import { ConnectionId, OperationId, OrgId, UserId, WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import type { Item, Key } from '../table/client.ts';
import { compress, expand } from '../table/compressed.ts';
import { index, timeToLive } from '../table/schema.ts';

export const OperationKind = z.enum([
  'workspace.create',
  'workspace.update',
  'workspace.delete',
  'connections.copy',
  'user.remove',
]);
export type OperationKind = z.output<typeof OperationKind>;

const stored = z.object({
  orgId: OrgId,
  operationId: OperationId,
  kind: OperationKind,
  workspaceId: z.optional(WorkspaceId),
  /** Who is removed, of `user.remove`. */
  userId: z.optional(UserId),
  /** On whose behalf it runs: their rights are conditions of its steps. */
  actor: z.object({ userId: UserId, login: z.string(), email: z.string() }),
  state: z.enum(['running', 'completed']),
  total: z.int(),
  /** The cursor: how many of the plan's items have been done or skipped. */
  done: z.int(),
  /** How many of them its steps have skipped. */
  skippedCount: z.int(),
  /** How many connections were passed over when it was planned; the first of them are listed. */
  passedOver: z.optional(z.int()),
  /** How many items the next step tries. */
  stepSize: z.int(),
  /** Tries in a row at this cursor that came to nothing, each with a pause behind it. */
  attempts: z.int(),
  /** Since when it has failed in ways that nobody foresaw, without a break. */
  failingSince: z.optional(z.string()),
  /** The end of its pause: a turn before that does nothing. */
  nextTryAt: z.optional(z.string()),
  createdAt: z.string(),
  movedAt: z.string(),
  /** When it was last woken because nothing drove it. */
  wokenAt: z.optional(z.string()),
  finishedAt: z.optional(z.string()),
  /** Moves with every write: only the stream record of the latest one drives the operation on. */
  version: z.int(),
});
export type Operation = z.output<typeof stored>;

const Reference = z.object({ workspaceId: WorkspaceId, connectionId: ConnectionId });

/** One thing that an operation does. */
export const WorkItem = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('copy'),
    source: Reference,
    /** Chosen when the operation was accepted. */
    copyId: ConnectionId,
    /** The selected accounts as a base64 account set; left out: what the source has selected. */
    accounts: z.optional(z.string()),
    /** The version of the list of accounts that they were decided on. */
    decidedIn: z.optional(z.int()),
  }),
  z.object({ kind: z.literal('disconnect'), connectionId: ConnectionId }),
  z.object({
    kind: z.literal('select'),
    connectionId: ConnectionId,
    /** The selected accounts as a base64 account set, decided when the operation was accepted; left out: all. */
    accounts: z.optional(z.string()),
    decidedIn: z.optional(z.int()),
  }),
  z.object({ kind: z.literal('member'), userId: UserId, role: Role }),
  z.object({ kind: z.literal('leave'), userId: UserId, workspaceId: WorkspaceId }),
]);
export type WorkItem = z.output<typeof WorkItem>;

export const Skipped = z.object({
  workspaceId: z.optional(z.string()),
  connectionId: z.optional(z.string()),
  userId: z.optional(z.string()),
  code: z.string(),
});
export type Skipped = z.output<typeof Skipped>;

export const operationSort = 'OPERATION';

export function operationPartition(orgId: OrgId, operationId: OperationId): string {
  return `ORG#${orgId}#OPERATION#${operationId}`;
}

/** The id of the operation whose partition an item stands in, whatever else can be read of it. */
export function operationIdIn({ pk }: Pick<Key, 'pk'>): string {
  return pk.slice(pk.lastIndexOf('#') + 1);
}

export function operationKey(orgId: OrgId, operationId: OperationId): Key {
  return { pk: operationPartition(orgId, operationId), sk: operationSort };
}

export function operationItem(operation: Operation): Item {
  return { ...operationKey(operation.orgId, operation.operationId), ...operation };
}

export const runningPartition = 'OPERATIONS#RUNNING';

/** Stands as long as the operation runs, so that all that run are found without a scan. Steps do not touch it. */
export function runningItem({ orgId, operationId }: Pick<Operation, 'orgId' | 'operationId'>): Item {
  return {
    ...runningKey(orgId, operationId),
    [index.partition]: runningPartition,
    [index.sort]: `${orgId}#${operationId}`,
    orgId,
    operationId,
  };
}

export function runningKey(orgId: OrgId, operationId: OperationId): Key {
  return { pk: operationPartition(orgId, operationId), sk: 'RUNNING' };
}

const running = z.object({ orgId: OrgId, operationId: OperationId });

export function parseRunning(item: unknown): z.output<typeof running> {
  return z.parse(running, item);
}

export function parseOperation(item: unknown): Operation {
  return z.parse(stored, item);
}

/** A plan outlives the longest run by far; what was planned and never accepted goes too. */
export const planDays = 7;
/** Operations are kept for a while after their end for those who ask how it went. */
export const keptDays = 30;
/** What was left out outlives its operation, also one that went on for as long again as it had a plan. */
const skippedDays = 2 * planDays + keptDays;

/** The time to live of what goes so many days after `now`. */
export function expiresAfter(now: Date, days: number): number {
  return Math.floor(now.getTime() / 1000) + days * 86_400;
}

/** A page of a plan is two full steps, or less where its items are large. */
export const itemsPerPage = 92;

export const planPrefix = 'PLAN#';

/** A page is named by the place of its first item in the plan. */
export function planPageKey(orgId: OrgId, operationId: OperationId, firstItem: number): Key {
  return {
    pk: operationPartition(orgId, operationId),
    sk: `${planPrefix}${String(firstItem).padStart(6, '0')}`,
  };
}

/** The place of a page's first item in the plan. */
export function firstItemOf({ sk }: Pick<Key, 'sk'>): number {
  return Number(sk.slice(planPrefix.length));
}

/** A page of the plan. Nothing refers to it until the operation is accepted; what never is goes with its time to live. */
export function planPageItem(key: Key, items: readonly WorkItem[], expiresAtSeconds: number): Item {
  return { ...key, items: compress(items), [timeToLive]: expiresAtSeconds };
}

const page = z.object({ items: z.custom<Uint8Array>((value) => value instanceof Uint8Array) });

export function parsePlanPage(item: unknown): WorkItem[] {
  return z.parse(z.array(WorkItem), expand(z.parse(page, item).items));
}

export const skippedPrefix = 'SKIPPED#';

/** What was left out, at one place of the run: when it was planned, in a step, at the end. */
export function skippedItem(
  { orgId, operationId }: Pick<Operation, 'orgId' | 'operationId'>,
  place: string,
  skipped: readonly Skipped[],
  now: Date,
): Item {
  const pk = operationPartition(orgId, operationId);
  const expiresAtSeconds = expiresAfter(now, skippedDays);
  return { pk, sk: `${skippedPrefix}${place}`, items: compress(skipped), [timeToLive]: expiresAtSeconds };
}

export function parseSkipped(item: unknown): Skipped[] {
  return z.parse(z.array(Skipped), expand(z.parse(page, item).items));
}
