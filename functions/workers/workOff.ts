import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  Context as LambdaContext,
} from 'aws-lambda';
import type { Item } from '../../domain/table/client.ts';
import { type Attempt, attemptIn, type Environment } from '../http/environment.ts';
import { isSubscribed, type StreamWorkerName, subscriptions } from './subscriptions.ts';

const logger = new Logger();

/**
 * Works off a batch of the table's stream in the order written, at least once. From the first record that failed on,
 * everything comes again. What the worker is not subscribed to is passed over.
 */
export async function workOff(
  name: StreamWorkerName,
  environment: Environment,
  { Records }: DynamoDBStreamEvent,
  context: LambdaContext,
  work: (attempt: Attempt, item: Item) => Promise<void>,
): Promise<DynamoDBBatchResponse> {
  for (const record of Records.filter((one) => isSubscribed(subscriptions[name], one))) {
    try {
      await work(attemptIn(environment, context.getRemainingTimeInMillis()), itemOf(record));
    } catch (error) {
      const { pk, sk } = record.dynamodb?.Keys ?? {};
      logger.error('stream record failed', { worker: name, pk: pk?.S, sk: sk?.S, ...described(error) });
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
}

function itemOf({ dynamodb }: DynamoDBRecord): Item {
  // The same attribute values under the types of two packages.
  return unmarshall((dynamodb?.NewImage ?? {}) as Record<string, AttributeValue>) as Item;
}

function described(error: unknown): Record<string, unknown> {
  return error instanceof Error ? { error: error.name, reason: error.message, stack: error.stack } : {};
}
