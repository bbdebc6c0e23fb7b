import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  Context as LambdaContext,
} from 'aws-lambda';
import { describedError } from '../describedError.ts';
import { type Attempt, attemptIn, type Environment } from '../http/environment.ts';
import { isSubscribed, type StreamWorkerName, subscriptions } from './subscriptions.ts';

const logger = new Logger();

/** A worker of the stream: how it reads an item, and what it does with those of a batch, one by one. */
export type StreamWorker<T> = {
  name: StreamWorkerName;
  parse(item: unknown): T;
  /** Is given all of a batch first; answers what is done with each. */
  begin(all: readonly T[]): Promise<(one: T, attempt: Attempt) => Promise<void>>;
};

/**
 * Works off a batch of the table's stream in the order written, at least once. From the first record that failed on,
 * everything comes again. What the worker is not subscribed to is passed over.
 */
export async function workOff<T>(
  { name, parse, begin }: StreamWorker<T>,
  environment: Environment,
  { Records }: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const read: { record: DynamoDBRecord; one: T }[] = [];
  let unread: { record: DynamoDBRecord; error: unknown } | undefined;
  for (const record of Records.filter((one) => isSubscribed(subscriptions[name], one))) {
    try {
      read.push({ record, one: parse(itemOf(record)) });
    } catch (error) {
      unread = { record, error };
      break;
    }
  }
  const work = await begin(read.map(({ one }) => one));
  for (const { record, one } of read) {
    try {
      await work(one, attemptIn(environment, context.getRemainingTimeInMillis()));
    } catch (error) {
      return failedAt(name, record, error);
    }
  }
  return unread ? failedAt(name, unread.record, unread.error) : { batchItemFailures: [] };
}

function itemOf({ dynamodb }: DynamoDBRecord): unknown {
  // The same attribute values under the types of two packages.
  return unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
}

function failedAt(
  worker: StreamWorkerName,
  { dynamodb }: DynamoDBRecord,
  error: unknown,
): DynamoDBBatchResponse {
  const { pk, sk } = dynamodb?.Keys ?? {};
  logger.error('stream record failed', { worker, pk: pk?.S, sk: sk?.S, ...describedError(error) });
  return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber ?? '' }] };
}
