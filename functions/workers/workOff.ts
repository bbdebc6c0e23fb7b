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

/** A worker of the stream: how it reads an item, and what it does with those of a batch. */
export type StreamWorker<T> = {
  name: StreamWorkerName;
  parse(item: unknown): T;
  /** Is given all of a batch first; answers what is done with each. */
  begin(all: readonly T[]): Promise<(one: T, attempt: Attempt) => Promise<void>>;
  /** Whether those of a batch are worked off at the same time, so that none waits for another; else one by one. */
  isSideBySide?: boolean;
};

type Failure = { record: DynamoDBRecord; error: unknown };

/**
 * Works off a batch of the table's stream, at least once. From the first record that failed on, in the order written,
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
  const failures = await failuresOf(worker, records, attempt);
  publish(streamWorkers[name], {
    Requests: records.length,
    Latency: environment.now().getTime() - startedAt,
    ...(failures.length > 0 && { FailedRecords: failures.length }),
    ...costsOf(meter),
  });
  for (const { record, error } of failures)
    logger.error('stream record failed', {
      worker: name,
      functionRequestId: context.awsRequestId,
      organizationId: /^ORG#([^#]+)/.exec(record.dynamodb?.Keys?.pk?.S ?? '')?.[1],
      pk: record.dynamodb?.Keys?.pk?.S,
      sk: record.dynamodb?.Keys?.sk?.S,
      sequenceNumber: sequenceNumberOf(record),
      ...describedError(error),
    });
  const [first] = failures;
  return { batchItemFailures: first ? [{ itemIdentifier: sequenceNumberOf(first.record) }] : [] };
}

/** What failed, in the order written. */
async function failuresOf<T>(
  { parse, begin, isSideBySide = false }: StreamWorker<T>,
  records: readonly DynamoDBRecord[],
  attempt: () => Attempt,
): Promise<Failure[]> {
  const read: { record: DynamoDBRecord; one: T }[] = [];
  const unread: Failure[] = [];
  for (const record of records) {
    try {
      read.push({ record, one: parse(itemOf(record)) });
    } catch (error) {
      unread.push({ record, error });
      if (!isSideBySide) break;
    }
  }
  const work = await begin(read.map(({ one }) => one));
  const failureOf = ({ record, one }: (typeof read)[number]): Promise<Failure[]> =>
    work(one, attempt()).then(
      () => [],
      (error) => [{ record, error }],
    );
  if (isSideBySide) {
    const failures = [...unread, ...(await Promise.all(read.map(failureOf))).flat()];
    return failures.toSorted((a, b) => records.indexOf(a.record) - records.indexOf(b.record));
  }
  for (const each of read) {
    const failures = await failureOf(each);
    if (failures.length > 0) return failures;
  }
  return unread;
}

function sequenceNumberOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}

function itemOf({ dynamodb }: DynamoDBRecord): unknown {
  // The same attribute values under the types of two packages.
  return unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>);
}
