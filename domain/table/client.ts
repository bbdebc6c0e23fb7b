import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import { isThrottled, isUnanswered } from '../retryable.ts';
import { countCosts, type Told } from './meter.ts';
import { index } from './schema.ts';

export type Key = { pk: string; sk: string };
export type Item = Key & Record<string, unknown>;
export type Table = { name: string; documents: DynamoDBDocumentClient };

/** What reading needs of the context. */
export type Reading = Pick<Context, 'table' | 'deadline' | 'meter' | 'now' | 'random' | 'sleep'>;

/** Opens the table. The client drops `undefined`, reads binary as `Uint8Array`, and asks what each call has cost. */
export function openTable(name: string, config: DynamoDBClientConfig = {}): Table {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: true },
  });
  documents.middlewareStack.add(
    (next) => (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      return next(args);
    },
    { step: 'initialize', name: 'askForCosts' },
  );
  return { name, documents };
}

/** One item, read consistently; `undefined` when there is none. */
export async function findItem(ctx: Reading, key: Key): Promise<Item | undefined> {
  const found = await sending(ctx, 'readUnits', (abortSignal) =>
    ctx.table.documents.send(new GetCommand({ TableName: ctx.table.name, Key: key, ConsistentRead: true }), {
      abortSignal,
    }),
  );
  return found.Item as Item | undefined;
}

/** BatchGetItem takes 100 keys: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const batchSize = 100;

/** Many items, read consistently, in no order; keys may repeat, items that do not exist are left out. */
export async function findItems(ctx: Reading, keys: readonly Key[]): Promise<Item[]> {
  const distinct = [...new Map(keys.map((key) => [`${key.pk}\n${key.sk}`, key])).values()];
  const batches = Array.from({ length: Math.ceil(distinct.length / batchSize) }, (_, n) =>
    distinct.slice(n * batchSize, (n + 1) * batchSize),
  );
  return (await Promise.all(batches.map((batch) => findBatch(ctx, batch)))).flat();
}

async function findBatch(ctx: Reading, keys: Key[]): Promise<Item[]> {
  const items: Item[] = [];
  let wanted = keys;
  for (let attempt = 0; wanted.length > 0; attempt++) {
    if (attempt > 0) await backOff(ctx, attempt, throttled);
    const found = await sending(ctx, 'readUnits', (abortSignal) =>
      ctx.table.documents.send(
        new BatchGetCommand({ RequestItems: { [ctx.table.name]: { Keys: wanted, ConsistentRead: true } } }),
        { abortSignal },
      ),
    );
    items.push(...((found.Responses?.[ctx.table.name] ?? []) as Item[]));
    wanted = (found.UnprocessedKeys?.[ctx.table.name]?.Keys ?? []) as Key[];
  }
  return items;
}

/** Where a query goes on: the key of the last item that was read. */
export type Position = Record<string, unknown>;

export type Query = {
  partition: string;
  /** Sort keys that begin with this. */
  prefix?: string;
  /** From `prefix`, which then need not be one, to this: both ends are included. */
  upTo?: string;
  onIndex?: boolean;
  newestFirst?: boolean;
  limit?: number;
  after?: Position | undefined;
};

/** One page of a partition. On the table consistent; on the index eventually, so only to find candidates. */
export async function query(ctx: Reading, q: Query): Promise<{ items: Item[]; next: Position | undefined }> {
  const [partition, sort] = q.onIndex ? [index.partition, index.sort] : ['pk', 'sk'];
  const input: QueryCommandInput = {
    TableName: ctx.table.name,
    ConsistentRead: !q.onIndex,
    ...keyCondition(q, partition, sort),
    ScanIndexForward: !q.newestFirst,
    ...(q.onIndex && { IndexName: index.name }),
    ...(q.limit !== undefined && { Limit: q.limit }),
    ...(q.after && { ExclusiveStartKey: q.after }),
  };
  const found = await sending(ctx, 'readUnits', (abortSignal) =>
    ctx.table.documents.send(new QueryCommand(input), { abortSignal }),
  );
  return { items: (found.Items ?? []) as Item[], next: found.LastEvaluatedKey };
}

function keyCondition(
  { partition: of, prefix, upTo }: Query,
  partition: string,
  sort: string,
): Pick<
  QueryCommandInput,
  'KeyConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
> {
  if (prefix === undefined)
    return {
      KeyConditionExpression: '#p = :p',
      ExpressionAttributeNames: { '#p': partition },
      ExpressionAttributeValues: { ':p': of },
    };
  return {
    KeyConditionExpression: `#p = :p AND ${upTo === undefined ? 'begins_with(#s, :s)' : '#s BETWEEN :s AND :u'}`,
    ExpressionAttributeNames: { '#p': partition, '#s': sort },
    ExpressionAttributeValues: { ':p': of, ':s': prefix, ...(upTo !== undefined && { ':u': upTo }) },
  };
}

/** Every item of a partition, page after page. For partitions whose size has a bound. */
export async function* queryAll(ctx: Reading, q: Query): AsyncGenerator<Item> {
  let after: Position | undefined = q.after;
  do {
    const page: Awaited<ReturnType<typeof query>> = await query(ctx, { ...q, after });
    yield* page.items;
    after = page.next;
  } while (after);
}

/**
 * Sends within the deadline. What the SDK could not get past throttling becomes `throttled`; an answer that was lost,
 * and an error of the storage itself, become `try_again`.
 */
export async function sending<T extends Told>(
  ctx: Pick<Context, 'deadline' | 'meter' | 'now'>,
  costs: 'readUnits' | 'writeUnits',
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    const answer = await send(AbortSignal.timeout(Math.max(1, ctx.deadline - ctx.now().getTime())));
    countCosts(ctx.meter, costs, answer);
    return answer;
  } catch (cause) {
    if (cause instanceof Error && '$metadata' in cause) countCosts(ctx.meter, costs, cause as Told);
    if (isThrottled(cause)) throw throttled(cause);
    if (isUnanswered(cause)) throw unanswered(cause, costs);
    throw cause;
  }
}

/** 429: the storage takes no more for the moment. */
export function throttled(cause?: unknown): DomainError {
  return new DomainError('throttled', 'Too many requests at once; nothing was changed. Try again shortly.', {
    cause,
  });
}

/** Whether the same may work a little later. */
export function isPassing(error: unknown): boolean {
  return error instanceof DomainError && ['throttled', 'try_again'].includes(error.code);
}

/** 503: contention was left after all retries. */
export function tryAgain(cause?: unknown): DomainError {
  return new DomainError(
    'try_again',
    'Others were writing at the same time; nothing was changed. Try again.',
    {
      cause,
    },
  );
}

/** 503: the storage did not answer. Of a write it is not known whether it happened. */
function unanswered(cause: unknown, costs: 'readUnits' | 'writeUnits'): DomainError {
  const detail =
    costs === 'readUnits'
      ? 'The storage did not answer. Try again.'
      : 'The storage did not answer, so it is not known whether this was written. ' +
        'With the same Idempotency-Key it is safe to send it again.';
  return new DomainError('try_again', detail, { cause });
}

const firstPauseMilliseconds = 20;
const longestPauseMilliseconds = 1_000;

/**
 * Full jitter: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/
 * Throws what `giveUp` makes when the pause would pass the deadline.
 */
export async function backOff(ctx: Reading, attempt: number, giveUp: () => DomainError): Promise<void> {
  const ceiling = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** attempt);
  const pause = Math.floor(ctx.random() * ceiling);
  if (ctx.now().getTime() + pause >= ctx.deadline) throw giveUp();
  ctx.meter.retries += 1;
  await ctx.sleep(pause);
}

/** Writes one item that nothing refers to yet. Everything else is written by `write`. */
export async function putItem(ctx: Reading, item: Item): Promise<void> {
  await sending(ctx, 'writeUnits', (abortSignal) =>
    ctx.table.documents.send(new PutCommand({ TableName: ctx.table.name, Item: item }), { abortSignal }),
  );
}
