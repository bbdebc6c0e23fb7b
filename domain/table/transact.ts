import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { DomainError } from '../errors.ts';
import { isCutOff } from '../retryable.ts';
import { type Action, type Changes, merged } from './action.ts';
import { backOff, type Item, type Reading, sending, throttled, tryAgain } from './client.ts';
import { allOf, newScope, type Scope } from './condition.ts';

/** TransactWriteItems takes 100 actions: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
export const actionsPerTransaction = 100;

/** A condition failed that names no error: what was read is out of date. */
export class Stale extends Error {
  override readonly name = 'Stale';
}

/**
 * Writes all actions or none. The first failed condition, in order, decides: its action's error, or `Stale`.
 * Conflicts, throttles and lost answers are retried with full jitter until the deadline, with one client token, so that a
 * lost answer is never a second effect (the SDK retries no cancelled transaction and makes a new token for every send;
 * DynamoDB knows a token for ten minutes). Once an answer was lost, no error says that nothing was changed.
 * `tryForMilliseconds`: nothing is retried after that time, where it is over before the deadline.
 * Throws `try_again`, `throttled`.
 */
export async function transact(
  ctx: Reading,
  actions: readonly Action[],
  { tryForMilliseconds = Number.POSITIVE_INFINITY }: { tryForMilliseconds?: number } = {},
): Promise<void> {
  const items = merged(actions);
  if (items.length > actionsPerTransaction)
    throw new Error(`A transaction holds no ${items.length} actions.`);
  const input: TransactWriteCommandInput = {
    ClientRequestToken: crypto.randomUUID(),
    TransactItems: items.map((action) => rendered(ctx.table.name, action)),
  };
  const retrying = { ...ctx, deadline: Math.min(ctx.deadline, ctx.now().getTime() + tryForMilliseconds) };
  let lost: DomainError | undefined;
  for (let attempt = 0; ; attempt++) {
    try {
      await sending(ctx, 'writeUnits', (abortSignal) =>
        ctx.table.documents.send(new TransactWriteCommand(input), { abortSignal }),
      );
      return;
    } catch (cause) {
      // What `sending` made of it: the transaction itself has said nothing.
      const unanswered = cause instanceof DomainError ? cause : undefined;
      const outcome = unanswered ?? passing(ctx, cause, items);
      if (unanswered?.code === 'try_again') lost ??= unanswered;
      const error = lost ?? outcome;
      if (unanswered?.code === 'throttled' || isCutOff(unanswered?.cause)) throw error;
      await backOff(retrying, attempt, () => error);
    }
  }
}

/** What is left to say when there is no time for another attempt; throws at once what no attempt can change. */
function passing({ meter }: Pick<Reading, 'meter'>, cause: unknown, items: readonly Action[]): DomainError {
  if (!(cause instanceof TransactionCanceledException)) {
    if (!(cause instanceof Error) || !inProgress.has(cause.name)) throw cause;
    meter.conflicts += 1;
    return tryAgain(cause);
  }
  const reasons = cause.CancellationReasons ?? [];
  const failed = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
  if (failed >= 0) {
    const image = reasons[failed]?.Item;
    const error = items[failed]?.failed?.(image && (unmarshall(image) as Item));
    throw error ?? new Stale('a condition failed', { cause });
  }
  const codes = reasons.map((reason) => reason.Code ?? 'None').filter((code) => code !== 'None');
  if (codes.length === 0 || codes.some((code) => !passingReasons.has(code))) throw cause;
  if (!codes.includes('TransactionConflict')) return throttled(cause);
  meter.conflicts += 1;
  return tryAgain(cause);
}

const inProgress = new Set(['TransactionInProgressException', 'TransactionConflictException']);
const passingReasons = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

type Rendered = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

function rendered(table: string, { key, write, when }: Action): Rendered {
  const scope = newScope();
  const condition = when.length > 0 ? allOf(when)(scope) : undefined;
  const update = write.kind === 'update' ? updateExpression(write.changes, scope) : undefined;
  const common = {
    TableName: table,
    ...(Object.keys(scope.names).length > 0 && { ExpressionAttributeNames: scope.names }),
    ...(Object.keys(scope.values).length > 0 && { ExpressionAttributeValues: scope.values }),
  };
  const conditional = condition
    ? { ConditionExpression: condition, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const }
    : {};
  if (write.kind === 'put') return { Put: { ...common, ...conditional, Item: write.item } };
  if (write.kind === 'delete') return { Delete: { ...common, ...conditional, Key: key } };
  if (update) return { Update: { ...common, ...conditional, Key: key, UpdateExpression: update } };
  if (!condition) throw new Error(`A check of ${key.pk} ${key.sk} needs a condition.`);
  return {
    ConditionCheck: {
      ...common,
      Key: key,
      ConditionExpression: condition,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

function updateExpression(changes: Changes, scope: Scope): string {
  const part = (word: string, entries: string[]) =>
    entries.length > 0 ? [`${word} ${entries.join(', ')}`] : [];
  const pairs = (of: Record<string, unknown> = {}) =>
    Object.entries(of).filter(([, value]) => value !== undefined);
  return [
    ...part(
      'SET',
      pairs(changes.set).map(([path, value]) => `${scope.name(path)} = ${scope.value(value)}`),
    ),
    ...part(
      'ADD',
      pairs(changes.add).map(([path, value]) => `${scope.name(path)} ${scope.value(value)}`),
    ),
    ...part(
      'DELETE',
      pairs(changes.take).map(([path, value]) => `${scope.name(path)} ${scope.value(value)}`),
    ),
    ...part(
      'REMOVE',
      (changes.remove ?? []).map((path) => scope.name(path)),
    ),
  ].join(' ');
}
