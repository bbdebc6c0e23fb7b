import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test, vi } from 'vitest';
import { handler } from '../../functions/lambda/tokenTrigger.ts';

const table = mockClient(DynamoDBDocumentClient);
const identity = { login: 'sub-1', orgId: 'org_1', userId: 'usr_1' };
const verified = { sub: 'sub-1', email: 'ada@acme.example', email_verified: 'true', name: 'Ada' };

beforeEach(() => {
  table.reset();
  vi.stubEnv('TABLE_NAME', 'workspaces');
  vi.stubEnv('CREDENTIALS_KEY', 'credentials');
  vi.stubEnv('INVITATIONS_KEY', 'invitations');
  vi.stubEnv('REQUESTS_KEY', 'requests');
  vi.stubEnv('AWS_REGION', 'eu-central-1');
});

test('an access token names the organization, the verified email and the name', async () => {
  table.on(QueryCommand).resolves({ Items: [identity] });

  const claims = await claimsFor({ userAttributes: verified });

  expect(claims).toEqual({ org_id: 'org_1', email: 'ada@acme.example', name: 'Ada' });
});

test('an email that was not verified is no claim', async () => {
  table.on(QueryCommand).resolves({ Items: [identity] });

  const claims = await claimsFor({ userAttributes: { ...verified, email_verified: 'false' } });

  expect(claims).toEqual({ org_id: 'org_1', name: 'Ada' });
});

test('the client chooses among the organizations of the person', async () => {
  table.on(GetCommand, { Key: { pk: 'IDENTITY#sub-1', sk: 'ORG#org_2' } }).resolves({
    Item: { ...identity, orgId: 'org_2' },
  });

  const claims = await claimsFor({ userAttributes: verified, clientMetadata: { orgId: 'org_2' } });

  expect(claims).toMatchObject({ org_id: 'org_2' });
});

test('an organization that the person is not in is no claim', async () => {
  table.on(GetCommand).resolves({});

  const claims = await claimsFor({ userAttributes: verified, clientMetadata: { orgId: 'org_3' } });

  expect(claims).not.toHaveProperty('org_id');
});

test('there is no token while the table does not answer', async () => {
  table.on(QueryCommand).rejects(new Error('unreachable'));

  await expect(claimsFor({ userAttributes: verified })).rejects.toThrow('unreachable');
});

async function claimsFor(request: Partial<PreTokenGenerationV2TriggerEvent['request']>) {
  const event = { request: { groupConfiguration: {}, ...request }, response: {} };
  const { response } = await handler(
    // What the trigger reads of an event and its context.
    event as PreTokenGenerationV2TriggerEvent,
    { getRemainingTimeInMillis: () => 5_000 } as Context,
  );
  return response.claimsAndScopeOverrideDetails.accessTokenGeneration?.claimsToAddOrOverride;
}
