import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  Context as LambdaContext,
} from 'aws-lambda';
import { newMeter } from '../../domain/table/meter.ts';
import { describedError } from '../describedError.ts';
import { type Attempt, attemptIn, type Environment } from '../http/environment.ts';
import { streamWorkers } from '../metrics/names.ts';
import { costsOf, publish } from '../metrics/publish.ts';
import { isSubscribed, type StreamWorkerName, subscriptions } from './subscriptions.ts';

const logger = new Logger();

/** A worker of the stream: how it reads an item, and what it does with those of a batch, one by one. */
export type StreamWorker<T> = {
  name: StreamWorkerName;
  parse(item: unknown): T;
  /** Is given all of a batch first; answers what is done with each. */
  begin(all: readonly T[]): Promise<(one: T, attempt: Attempt) => Promise<void>>;
};

type Failure = { record: DynamoDBRecord; error: unknown };

/**
 * Works off a batch of the table's stream in the order written, at least once. From the first record that failed on,
 * everything comes again. What the worker is not subscribed to is passed over.
 */
export async function workOff<T>(
  worker: StreamWorker<T>,
  environment: Environment,
  { Records }: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const { name } = worker;
  const meter = newMeter();
  const startedAt = environment.now().getTime();
  const records = Records.filter((record) => isSubscribed(subscriptions[name], record));
  const attempt = (): Attempt => ({
    ...attemptIn(environment, context.getRemainingTimeInMillis()),
    meter,
  });
  const failure = await firstFailure(worker, records, attempt);
  publish(streamWorkers[name], {
    Requests: records.length,
    Latency: environment.now().getTime() - startedAt,
    ...(failure && { FailedRecords: 1 }),
    ...costsOf(meter),
  });
  if (!failure) return { batchItemFailures: [] };
  const { Keys, SequenceNumber: itemIdentifier = '' } = failure.record.dynamodb ?? {};
  logger.error('stream record failed', {
    worker: name,
    functionRequestId: context.awsRequestId,
    organizationId: /^ORG#([^#]+)/.exec(Keys?.pk?.S ?? '')?.[1],
    pk: Keys?.pk?.S,
    sk: Keys?.sk?.S,
    sequenceNumber: itemIdentifier,
    ...describedError(failure.error),
  });
  return { batchItemFailures: [{ itemIdentifier }] };
}

async function firstFailure<T>(
  { parse, begin }: StreamWorker<T>,
  records: readonly DynamoDBRecord[],
  attempt: () => Attempt,
): Promise<Failure | undefined> {
  const read: { record: DynamoDBRecord; one: T }[] = [];
  let unread: Failure | undefined;
  for (const record of records) {
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
      await work(one, attempt());
    } catch (error) {
      return { record, error };
    }
  }
  return unread;
}

function itemOf({ dynamodb }: DynamoDBRecord): unknown {
  // The same attribute values under the types of two packages.
  return unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
}
