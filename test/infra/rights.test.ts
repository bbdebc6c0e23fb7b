import { describe, expect, test } from 'vitest';
import { environments } from '../../infra/settings.ts';
import { rightsOf } from './rightsOf.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

/*
 * What each function may do, written out: a right more is a red test, and a decision to be made here first.
 * Every function writes its own log besides.
 */
const reads = ['dynamodb:BatchGetItem on table', 'dynamodb:GetItem on table', 'dynamodb:Query on table'];
/** What Lambda does in the name of a function that reads the stream. */
const streamReading = [
  'dynamodb:DescribeStream on stream',
  'dynamodb:GetRecords on stream',
  'dynamodb:GetShardIterator on stream',
  'dynamodb:ListStreams on every stream of the table',
  'sqs:GetQueueAttributes on given up',
  'sqs:GetQueueUrl on given up',
  'sqs:SendMessage on given up',
];
const tracing = ['xray:PutTelemetryRecords on any trace', 'xray:PutTraceSegments on any trace'];
const allowed: Record<string, string[]> = {
  public: [],
  preview: [
    'dynamodb:BatchGetItem on table',
    'dynamodb:GetItem on table',
    'kms:GenerateMac on invitations key',
  ],
  workspaces: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:ConditionCheckItem on table',
    'dynamodb:DeleteItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:GenerateMac on invitations key',
    'kms:GenerateMac on requests key',
  ],
  connections: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:ConditionCheckItem on table',
    'dynamodb:DeleteItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:GenerateDataKey on credentials key for one authorization',
    'kms:GenerateMac on requests key',
  ],
  support: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:GenerateMac on requests key',
  ],
  services: [
    'dynamodb:BatchGetItem on table',
    'dynamodb:GetItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:Decrypt on credentials key for one authorization',
    'kms:GenerateMac on requests key',
  ],
  events: ['events:PutEvents on bus', ...streamReading],
  mail: [
    'dynamodb:BatchGetItem on table',
    'dynamodb:GetItem on table',
    'kms:GenerateMac on invitations key',
    'ses:SendEmail on sender',
    'sqs:ChangeMessageVisibility on mails',
    'sqs:DeleteMessage on mails',
    'sqs:GetQueueAttributes on mails',
    'sqs:ReceiveMessage on mails',
  ],
  operations: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:ConditionCheckItem on table',
    'dynamodb:DeleteItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    ...streamReading,
  ],
  sweep: ['dynamodb:BatchGetItem on table', 'dynamodb:Query on index', 'dynamodb:UpdateItem on table'],
  tokenTrigger: ['dynamodb:GetItem on table', 'dynamodb:Query on table'],
};

const tracingStatement =
  '{"Action":["xray:PutTelemetryRecords","xray:PutTraceSegments"],"Effect":"Allow","Resource":"*"}';

const everywhere = Object.values(environments).map((settings) => ({
  name: settings.name,
  traced: settings.tracing ? tracing : [],
  stacks: synthesized(settings),
}));

describe.each(everywhere)('$name', ({ stacks, traced }) => {
  test('every function may do what is listed, and nothing else', () => {
    expect(rightsOf(stacks)).toEqual(
      Object.fromEntries(
        Object.entries(allowed).map(([name, rights]) => [name, [...rights, ...traced].sort()]),
      ),
    );
  });

  test('no function has a managed policy, a Scan, or a wildcard but those that are explained', () => {
    for (const [id, { Type, Properties }] of resourcesOf(stacks)) {
      if (Type === 'AWS::IAM::Policy') {
        const text = JSON.stringify(Properties);
        const others = text
          .replace(traced.length > 0 ? tracingStatement : '', '')
          .replace(/:table\/workspaces-\w+-stateful-\*\/stream\/\*/, '');
        expect(others, id).not.toMatch(/Scan|PartiQL|\*/);
      }
      if (Type === 'AWS::IAM::Role' && !id.includes('Canary')) {
        expect(Properties, id).not.toHaveProperty('ManagedPolicyArns');
        expect(Properties, id).not.toHaveProperty('Policies');
      }
    }
  });
});
