import { describe, expect, test } from 'vitest';
import { environments } from '../../infra/settings.ts';
import { rightsOf } from './rightsOf.ts';
import { resourcesOf, synthesized } from './synthesized.ts';

/*
 * What each function may do, written out: a right more is a red test, and a decision to be made here first.
 * Every function writes its own log besides.
 */
const reads = ['dynamodb:BatchGetItem on table', 'dynamodb:GetItem on table', 'dynamodb:Query on table'];
const allowed: Record<string, string[]> = {
  public: [],
  workspaces: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:ConditionCheckItem on table',
    'dynamodb:DeleteItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:GenerateMac on mac key',
  ],
  connections: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:ConditionCheckItem on table',
    'dynamodb:DeleteItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:GenerateDataKey on credentials key',
    'kms:GenerateMac on mac key',
  ],
  support: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:GenerateMac on mac key',
  ],
  services: [
    'dynamodb:BatchGetItem on table',
    'dynamodb:GetItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'kms:Decrypt on credentials key',
    'kms:GenerateMac on mac key',
  ],
  stream: [
    ...reads,
    'dynamodb:Query on index',
    'dynamodb:ConditionCheckItem on table',
    'dynamodb:DeleteItem on table',
    'dynamodb:PutItem on table',
    'dynamodb:UpdateItem on table',
    'dynamodb:DescribeStream on stream',
    'dynamodb:GetRecords on stream',
    'dynamodb:GetShardIterator on stream',
    'dynamodb:ListStreams on stream',
    'events:PutEvents on bus',
    'kms:GenerateMac on mac key',
    'ses:SendEmail on sender',
    'sqs:GetQueueAttributes on given up',
    'sqs:GetQueueUrl on given up',
    'sqs:SendMessage on given up',
  ],
  tokenTrigger: ['dynamodb:GetItem on table', 'dynamodb:Query on table'],
};

const everywhere = Object.values(environments).map((settings) => ({
  name: settings.name,
  stacks: synthesized(settings),
}));

describe.each(everywhere)('$name', ({ stacks }) => {
  test('every function may do what is listed, and nothing else', () => {
    expect(rightsOf(stacks)).toEqual(
      Object.fromEntries(Object.entries(allowed).map(([name, rights]) => [name, [...rights].sort()])),
    );
  });

  test('no function has a wildcard, a managed policy, or a Scan', () => {
    for (const [id, { Type, Properties }] of resourcesOf(stacks)) {
      if (Type === 'AWS::IAM::Policy') {
        expect(JSON.stringify(Properties), id).not.toMatch(/Scan|PartiQL|\*/);
      }
      if (Type === 'AWS::IAM::Role' && !id.includes('Canary')) {
        expect(Properties, id).not.toHaveProperty('ManagedPolicyArns');
        expect(Properties, id).not.toHaveProperty('Policies');
      }
    }
  });
});
