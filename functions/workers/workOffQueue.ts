import { Logger } from '@aws-lambda-powertools/logger';
import type { Context as LambdaContext, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { newMeter } from '../../domain/table/meter.ts';
import { describedError } from '../describedError.ts';
import { type Attempt, attemptIn, type Environment } from '../http/environment.ts';
import { costsOf, publish } from '../metrics/publish.ts';

const logger = new Logger();

/** A worker of a queue: its name in the metrics, and what it does with one message, which is JSON. */
export type QueueWorker = { name: string; work(message: unknown, attempt: Attempt): Promise<void> };

/** Works off a batch of a queue, at least once. Each message that failed comes again by itself and holds up no other. */
export async function workOffQueue(
  { name, work }: QueueWorker,
  environment: Environment,
  { Records }: SQSEvent,
  context: LambdaContext,
): Promise<SQSBatchResponse> {
  const meter = newMeter();
  const startedAt = environment.now().getTime();
  const failed: SQSRecord[] = [];
  for (const record of Records) {
    try {
      const attempt = { ...attemptIn(environment, context.getRemainingTimeInMillis()), meter };
      await work(JSON.parse(record.body), attempt);
    } catch (error) {
      failed.push(record);
      logger.error('queue message failed', {
        worker: name,
        functionRequestId: context.awsRequestId,
        messageId: record.messageId,
        receiveCount: record.attributes?.ApproximateReceiveCount,
        ...describedError(error),
      });
    }
  }
  publish(name, {
    Requests: Records.length,
    Latency: environment.now().getTime() - startedAt,
    ...(failed.length > 0 && { FailedRecords: failed.length }),
    ...costsOf(meter),
  });
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
