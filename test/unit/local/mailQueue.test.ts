import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, Context as LambdaContext, SQSEvent } from 'aws-lambda';
import { beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../../infra/local/mailQueue.ts';

const given: string[] = [];
const failing = new Set<string>();

vi.mock('../../../functions/lambda/mail.ts', () => ({
  handler: async ({ Records }: SQSEvent) => {
    const ids = Records.map(({ messageId }) => messageId);
    given.push(...ids);
    return {
      batchItemFailures: ids.filter((id) => failing.has(id)).map((itemIdentifier) => ({ itemIdentifier })),
    };
  },
}));

beforeEach(() => {
  given.length = 0;
  failing.clear();
});

function recordOf(sequenceNumber: string): DynamoDBRecord {
  const event = {
    orgId: 'org_1',
    eventId: `evt_${sequenceNumber}`,
    type: 'invitation.created',
    at: '2026-01-02T03:04:05.000Z',
    actor: { kind: 'user', id: 'usr_1' },
    details: { invitationId: 'inv_1', grants: [] },
  };
  // The same attribute values under the types of two packages.
  const image = marshall(event) as NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];
  return {
    eventName: 'INSERT',
    dynamodb: { SequenceNumber: sequenceNumber, ...(image && { NewImage: image }) },
  };
}

const feed = () => handler({ Records: ['1', '2', '3'].map(recordOf) }, {} as LambdaContext);

test('gives every event of a batch to the mail worker, in order', async () => {
  expect(await feed()).toEqual({ batchItemFailures: [] });

  expect(given).toEqual(['1', '2', '3']);
});

test('stops at a mail that failed: those behind it come again with it, and none is mailed twice', async () => {
  failing.add('2');

  expect(await feed()).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });

  expect(given).toEqual(['1', '2']);
});
