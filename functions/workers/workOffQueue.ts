import { Logger } from '@aws-lambda-powertools/logger';
import type { Context as LambdaContext, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { newMeter } from '../../domain/table/meter.ts';
import { describedError } from '../describedError.ts';
import { type Attempt, attemptIn, type Environment } from '../http/environment.ts';
import { costsOf, publish } from '../metrics/publish.ts';

const logger = new Logger();

/** A worker of a queue: its name in the metrics, and what it does with one message, which is JSON. */
export type QueueWorker = { name: string; work(message: unknown, attempt: Attempt): Promise<void> };

/** What one message may take: reads, a link, 5 s in which a mail is sent, and the answer to Lambda. */
const leastMilliseconds = 8_000;

/**
 * Works off a batch of a queue, at least once. Each message that failed comes again by itself and holds up no other. What
 * there is too little time for is not begun and has failed: when Lambda ends the function, all of the batch comes again.
 */
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
      const left = context.getRemainingTimeInMillis();
      if (left < leastMilliseconds) throw new Error('There was no time left for it.');
      const attempt = { ...attemptIn(environment, left), meter };
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
