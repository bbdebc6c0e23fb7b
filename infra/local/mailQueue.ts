import { unmarshall } from '@aws-sdk/util-dynamodb';
import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  Context as LambdaContext,
  SQSRecord,
} from 'aws-lambda';
import { parseEvent } from '../../domain/events/event.item.ts';
import { handler as mail } from '../../functions/lambda/mail.ts';
import { busDetail } from '../../functions/workers/publishEvents.ts';

/**
 * Stands for the rule of the bus and the queue behind it: gives events that ask for a mail to the deployed handler, as
 * messages. A message has the sequence number of its record, so what failed is known by that to whoever reads the stream.
 */
export async function handler(
  { Records }: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  for (const record of Records) {
    const { batchItemFailures } = await mail({ Records: [messageOf(record)] }, context);
    // The stream comes again from the one that failed: those behind it wait, so that none is mailed twice.
    if (batchItemFailures.length > 0) return { batchItemFailures };
  }
  return { batchItemFailures: [] };
}

function messageOf({ dynamodb }: DynamoDBRecord): SQSRecord {
  // The same attribute values under the types of two packages.
  const event = parseEvent(unmarshall((dynamodb?.NewImage ?? {}) as Parameters<typeof unmarshall>[0]));
  return {
    messageId: dynamodb?.SequenceNumber ?? '',
    receiptHandle: '',
    body: JSON.stringify({ 'detail-type': event.type, detail: busDetail(event) }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '',
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:mails',
    awsRegion: 'us-east-1',
  };
}
