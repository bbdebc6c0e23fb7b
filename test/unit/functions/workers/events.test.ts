import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBRecord } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../../../functions/lambda/events.ts';

const bus = mockClient(EventBridgeClient);
const ses = mockClient(SESv2Client);
const table = mockClient(DynamoDBDocumentClient);
// What a worker asks of Lambda.
const lambda = { getRemainingTimeInMillis: () => 30_000 } as Context;

beforeEach(() => {
  for (const mock of [bus, ses, table]) mock.reset();
  bus.on(PutEventsCommand).resolves({ Entries: [] });
  for (const [name, value] of Object.entries({
    TABLE_NAME: 'workspaces',
    CREDENTIALS_KEY: 'credentials',
    INVITATIONS_KEY: 'invitations',
    REQUESTS_KEY: 'requests',
    AWS_REGION: 'eu-central-1',
    EVENT_BUS: 'a-bus',
  }))
    vi.stubEnv(name, value);
});

const record = (n: number, type = 'workspace.created'): DynamoDBRecord => {
  const keys = { pk: 'ORG#org_1#EVENTS', sk: `evt_${n}` };
  const item = {
    ...keys,
    orgId: 'org_1',
    eventId: `evt_${n}`,
    type,
    at: '2026-01-02T03:04:05.000Z',
    actor: { kind: 'user', id: 'usr_1' },
    details: { invitationId: 'inv_1' },
  };
  const image = (value: Record<string, unknown>) =>
    marshall(value) as NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['Keys']>;
  return {
    eventName: 'INSERT',
    dynamodb: { Keys: image(keys), NewImage: image(item), SequenceNumber: `s${n}` },
  };
};
const run = (...Records: DynamoDBRecord[]) => handler({ Records }, lambda);

test('the events of a batch are published in one call, as clients are shown them', async () => {
  const response = await run(record(1), record(2));

  expect(response).toEqual({ batchItemFailures: [] });
  const [call, ...others] = bus.commandCalls(PutEventsCommand);
  expect(others).toEqual([]);
  const details = call?.args[0].input.Entries?.map(({ Detail = '' }) => JSON.parse(Detail));
  expect(details).toMatchObject([
    { organizationId: 'org_1', eventId: 'evt_1', type: 'workspace.created' },
    { eventId: 'evt_2' },
  ]);
});

test('from the first event that the bus refused on, the batch comes again', async () => {
  bus.on(PutEventsCommand).resolves({ Entries: [{}, { ErrorCode: 'InternalFailure' }, {}] });

  const response = await run(record(1), record(2), record(3));

  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 's2' }] });
});

test('no event waits for a mail: an invitation is published, and nothing else is done here', async () => {
  const response = await run(record(1, 'invitation.created'), record(2));

  expect(response).toEqual({ batchItemFailures: [] });
  expect(ses.commandCalls(SendEmailCommand)).toEqual([]);
  expect(table.calls()).toEqual([]);
});
