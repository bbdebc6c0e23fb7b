import {
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as StreamRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamRange } from '../../../infra/redrive/deadLetter.ts';
import type { Services } from '../../../infra/redrive/redriveQueue.ts';

export const queueUrl = 'https://sqs.us-east-2.amazonaws.com/123456789012/given-up';
export const functionArn = 'arn:aws:lambda:us-east-2:123456789012:function:dev-events:live';
export const streamArn = 'arn:aws:dynamodb:us-east-2:123456789012:table/dev/stream/2026-11-14T00:04:06.388';
export const shardId = 'shardId-00000001573689847184-864758bb';
export const now = new Date('2026-11-24T12:00:00.000Z');

/** Longer than a number holds exactly: the last digits are what tells them apart. */
export const place = (n: number) => `8000000000031262763${String(n).padStart(2, '0')}`;

export const aRange = (from: number, to: number): StreamRange => ({
  streamArn,
  shardId,
  startSequenceNumber: place(from),
  endSequenceNumber: place(to),
  approximateArrivalOfLastRecord: '2026-11-24T11:00:00Z',
});

/** The example of AWS's documentation, of this table. */
export function aLetter(from: number, to: number, range: Partial<StreamRange> = {}) {
  return {
    requestContext: {
      requestId: '316aa6d0-8154-xmpl-9af7-85d5f4a6bc81',
      functionArn,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 9,
    },
    responseContext: { statusCode: 200, executedVersion: '7', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-11-24T11:10:00.717Z',
    DDBStreamBatchInfo: {
      ...aRange(from, to),
      approximateArrivalOfFirstRecord: '2026-11-24T10:59:59Z',
      batchSize: to - from + 1,
      ...range,
    },
  };
}

export const aRecord = (n: number): StreamRecord => ({
  eventID: `e${n}`,
  eventName: 'INSERT',
  eventVersion: '1.1',
  eventSource: 'aws:dynamodb',
  awsRegion: 'us-east-2',
  dynamodb: {
    ApproximateCreationDateTime: new Date('2026-11-24T11:00:00Z'),
    Keys: { pk: { S: 'p' }, sk: { S: String(n) } },
    NewImage: { email: { S: secret }, token: { B: new Uint8Array([0, 255]) } },
    SequenceNumber: place(n),
    SizeBytes: 40,
    StreamViewType: 'NEW_AND_OLD_IMAGES',
  },
});

/** Stands in every record, and must stand in no line. */
export const secret = 'somebody@example.com';

export const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => aRecord(from + n));

/** The sequence numbers' ends, as they were counted by `place`. */
export const placesOf = (sent: readonly DynamoDBRecord[]) =>
  sent.map(({ dynamodb }) => Number(dynamodb?.SequenceNumber?.slice(-2)));

/** The services as the test says; a function handles whatever it is given. */
export function aScene() {
  const sqs = mockClient(SQSClient);
  const streams = mockClient(DynamoDBStreamsClient);
  const lambda = mockClient(LambdaClient);
  sqs.on(ReceiveMessageCommand).resolves({});
  sqs.on(DeleteMessageCommand).resolves({});
  sqs.on(ChangeMessageVisibilityCommand).resolves({});
  lambda.on(InvokeCommand).resolves(answering({ batchItemFailures: [] }));
  const pauses: number[] = [];
  const config = { region: 'us-east-2' };
  const services: Services = {
    sqs: new SQSClient(config),
    streams: new DynamoDBStreamsClient(config),
    lambda: new LambdaClient(config),
    now: () => now,
    pause: async (milliseconds) => void pauses.push(milliseconds),
  };
  return {
    sqs,
    streams,
    lambda,
    services,
    pauses,
    /** What stands in the queue: bodies, or objects to be bodies. Messages are named m1, m2 …, received as r1, r2 … */
    queue(...bodies: unknown[]) {
      const chain = sqs.on(ReceiveMessageCommand);
      for (const [at, body] of bodies.entries())
        chain.resolvesOnce({
          Messages: [
            {
              MessageId: `m${at + 1}`,
              ReceiptHandle: `r${at + 1}`,
              Body: typeof body === 'string' ? body : JSON.stringify(body),
            },
          ],
        });
      chain.resolves({});
    },
    /** What the shard gives, page after page; the last one ends it unless it goes on, empty, for ever. */
    shard(pages: StreamRecord[][], { isOpen = false } = {}) {
      streams.on(GetShardIteratorCommand).resolves({ ShardIterator: 'i0' });
      for (const [at, page] of pages.entries()) {
        const isLast = at === pages.length - 1;
        streams.on(GetRecordsCommand, { ShardIterator: `i${at}` }).resolves({
          Records: page,
          ...((isOpen || !isLast) && { NextShardIterator: isLast ? 'tip' : `i${at + 1}` }),
        });
      }
      streams
        .on(GetRecordsCommand, { ShardIterator: 'tip' })
        .resolves({ Records: [], NextShardIterator: 'tip' });
    },
    /** The batches that the function was invoked with. */
    batches: () =>
      lambda.commandCalls(InvokeCommand).map(({ args: [{ input }] }) => {
        const { Records }: { Records: DynamoDBRecord[] } = JSON.parse(String(input.Payload));
        return Records;
      }),
  };
}

/** What Lambda answers when a function does. */
export function answering(payload: unknown, FunctionError?: string) {
  return {
    StatusCode: 200,
    // A Uint8Array that the SDK gives a method more.
    Payload: Object.assign(new TextEncoder().encode(JSON.stringify(payload)), {
      transformToString: () => JSON.stringify(payload),
    }),
    ...(FunctionError && { FunctionError }),
    $metadata: { requestId: 'req-1' },
  };
}
