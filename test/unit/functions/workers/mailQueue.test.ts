import { GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { SESv2Client, SendEmailCommand, TooManyRequestsException } from '@aws-sdk/client-sesv2';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../../../functions/lambda/mail.ts';

const ses = mockClient(SESv2Client);
const table = mockClient(DynamoDBDocumentClient);
const kms = mockClient(KMSClient);
// What a worker asks of Lambda.
const lambda = { getRemainingTimeInMillis: vi.fn(() => 30_000) };

const sentAt = '2026-01-02T03:04:05.000Z';
const invitation = (n: number) => ({
  orgId: 'org_1',
  invitationId: `inv_${n}`,
  email: `guest${n}@example.com`,
  grants: [],
  status: 'pending',
  nonce: Buffer.alloc(16).toString('base64url'),
  invitedBy: 'usr_1',
  createdAt: sentAt,
  sentAt,
  expiresAt: '2999-01-02T03:04:05.000Z',
  version: 1,
  expiresAtSeconds: 32_472_144_000,
});
const organization = {
  pk: 'ORG#org_1',
  sk: 'ORGANIZATION',
  orgId: 'org_1',
  name: 'Acme',
  limits: { workspaces: 1, membersPerWorkspace: 1, connectionsPerWorkspace: 1 },
  workspaceCount: 0,
  createdAt: sentAt,
  version: 1,
};

beforeEach(() => {
  for (const mock of [ses, table, kms]) mock.reset();
  lambda.getRemainingTimeInMillis.mockReturnValue(30_000);
  table.on(GetCommand).resolves({});
  for (const n of [1, 2, 3])
    table
      .on(GetCommand, { Key: { pk: 'ORG#org_1', sk: `INVITATION#inv_${n}` } })
      .resolves({ Item: invitation(n) });
  table.on(BatchGetCommand).resolves({ Responses: { workspaces: [organization] } });
  kms.on(GenerateMacCommand).resolves({ Mac: new Uint8Array(32) });
  ses.on(SendEmailCommand).resolves({});
  for (const [name, value] of Object.entries({
    TABLE_NAME: 'workspaces',
    CREDENTIALS_KEY: 'credentials',
    INVITATIONS_KEY: 'invitations',
    REQUESTS_KEY: 'requests',
    AWS_REGION: 'eu-central-1',
    MAIL: 'ses:invitations@workspaces.example',
    INVITATION_URL: 'https://app.workspaces.example/invitations/accept',
  }))
    vi.stubEnv(name, value);
});

/** What EventBridge puts into the queue; the event says nothing of whom it is about but their invitation. */
const message = (n: number, at = sentAt) => ({
  messageId: `m${n}`,
  body: JSON.stringify({
    'detail-type': 'invitation.created',
    detail: { organizationId: 'org_1', eventId: `evt_${n}`, at, details: { invitationId: `inv_${n}` } },
  }),
});
const run = (...Records: { messageId: string; body: string }[]) =>
  handler({ Records } as unknown as SQSEvent, lambda as Partial<Context> as Context);
const recipients = () =>
  ses.commandCalls(SendEmailCommand).flatMap(({ args }) => args[0].input.Destination?.ToAddresses ?? []);

test('an event that asks for a mail becomes one, to the address of the invitation itself', async () => {
  expect(await run(message(1), message(2))).toEqual({ batchItemFailures: [] });

  expect(recipients()).toEqual(['guest1@example.com', 'guest2@example.com']);
});

test('a mail that SES does not take comes again alone, and holds up no other', async () => {
  ses
    .on(SendEmailCommand)
    .resolvesOnce({})
    .rejectsOnce(new TooManyRequestsException({ message: 'paused', $metadata: {} }))
    .resolves({});

  const response = await run(message(1), message(2), message(3));

  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }] });
  expect(recipients()).toEqual(['guest1@example.com', 'guest2@example.com', 'guest3@example.com']);
});

test('an event from before the present link was made asks for nothing', async () => {
  expect(await run(message(1, '2026-01-02T03:04:04.999Z'))).toEqual({ batchItemFailures: [] });

  expect(recipients()).toEqual([]);
});

test('nothing is mailed of an invitation that has gone meanwhile', async () => {
  expect(await run(message(4))).toEqual({ batchItemFailures: [] });

  expect(recipients()).toEqual([]);
});

test('a message that can not be read comes again, until it is put aside', async () => {
  const response = await run({ messageId: 'm0', body: 'not JSON' }, message(1));

  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  expect(recipients()).toEqual(['guest1@example.com']);
});

test('mails for which too little time is left come again untried, so that those sent are not sent again', async () => {
  ses.on(SendEmailCommand).callsFake(async () => void lambda.getRemainingTimeInMillis.mockReturnValue(7_999));

  const response = await run(message(1), message(2), message(3));

  expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: 'm2' }, { itemIdentifier: 'm3' }] });
  expect(recipients()).toEqual(['guest1@example.com']);
});
