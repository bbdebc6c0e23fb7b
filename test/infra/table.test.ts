import { expect, test } from 'vitest';
import { index, keys, streamView, timeToLive } from '../../domain/table/schema.ts';
import { environments } from '../../infra/settings.ts';
import { onlyOne, propertiesOf, resourcesOf, synthesized } from './synthesized.ts';

const dev = synthesized(environments.dev);
const staging = synthesized(environments.staging);
const prod = synthesized(environments.prod);

const type = 'AWS::DynamoDB::GlobalTable';

test.each([dev, staging, prod])('the table is the one that the code knows, on demand', (stacks) => {
  const table = onlyOne(stacks, type);

  const key = (partition: string, sort: string) => [
    { AttributeName: partition, KeyType: 'HASH' },
    { AttributeName: sort, KeyType: 'RANGE' },
  ];
  expect(table).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: key(keys.partition, keys.sort),
    GlobalSecondaryIndexes: [
      {
        IndexName: index.name,
        KeySchema: key(index.partition, index.sort),
        Projection: { ProjectionType: 'ALL' },
      },
    ],
    TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
    StreamSpecification: { StreamViewType: streamView },
  });
  expect(table.GlobalSecondaryIndexes).toHaveLength(1);
  expect(table).not.toHaveProperty('LocalSecondaryIndexes');
  expect(table).not.toHaveProperty('TableName');
});

test.each([
  { name: 'dev', stacks: dev, protection: false, recovery: { PointInTimeRecoveryEnabled: false } },
  {
    name: 'staging',
    stacks: staging,
    protection: true,
    recovery: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7 },
  },
  {
    name: 'prod',
    stacks: prod,
    protection: true,
    recovery: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
  },
])('$name protects and recovers the table as its settings say', ({ stacks, protection, recovery }) => {
  expect(onlyOne(stacks, type).Replicas).toEqual([
    expect.objectContaining({
      DeletionProtectionEnabled: protection,
      PointInTimeRecoverySpecification: recovery,
    }),
  ]);
});

test('there is a brake on the costs of dev, and none on prod', () => {
  expect(onlyOne(dev, type)).toMatchObject({
    WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 1_000 },
    GlobalSecondaryIndexes: [{ WriteOnDemandThroughputSettings: { MaxWriteRequestUnits: 1_000 } }],
  });
  expect(JSON.stringify(onlyOne(prod, type))).not.toContain('OnDemandThroughput');
});

test.each([
  { name: 'staging', stacks: staging },
  { name: 'prod', stacks: prod },
])('what holds data in $name outlives its stack', ({ stacks }) => {
  const lost = resourcesOf(stacks).filter(
    ([, { Type, DeletionPolicy }]) => stateful.has(Type) && DeletionPolicy !== 'Retain',
  );

  expect(lost).toEqual([]);
});

test('dev leaves nothing behind', () => {
  const left = resourcesOf(dev).filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'));

  expect(left).toEqual([]);
});

test('what holds data stands in the stateful stack alone', () => {
  const elsewhere = resourcesOf(prod).filter(
    ([id, { Type }]) => id.startsWith('stateless/') && stateful.has(Type) && Type !== 'AWS::Logs::LogGroup',
  );

  expect(elsewhere).toEqual([]);
});

test('credentials have a key that rotates, links and requests each one that makes codes only', () => {
  const [credentials, ...macs] = propertiesOf(prod, 'AWS::KMS::Key');

  expect(credentials).toMatchObject({ EnableKeyRotation: true });
  expect(credentials).not.toHaveProperty('KeyUsage');
  const forCodes = expect.objectContaining({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  expect(macs).toEqual([forCodes, forCodes]);
});

const stateful = new Set([type, 'AWS::Cognito::UserPool', 'AWS::KMS::Key', 'AWS::Logs::LogGroup']);

test('a table that was restored stands in for that of the stack, with the same rights and the same stream', () => {
  const streamArn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/restored/stream/2026';
  const restored = synthesized({ ...environments.prod, restoredTable: { name: 'restored', streamArn } });

  expect(propertiesOf(restored, type)).toEqual([]);
  for (const mapping of propertiesOf(restored, 'AWS::Lambda::EventSourceMapping'))
    if (!JSON.stringify(mapping.EventSourceArn).includes('WorkersMails'))
      expect(mapping.EventSourceArn).toBe(streamArn);
  for (const { Environment } of propertiesOf(restored, 'AWS::Lambda::Function'))
    expect(Environment).toMatchObject({ Variables: { TABLE_NAME: 'restored' } });
  const policies = propertiesOf(restored, 'AWS::IAM::Policy').map((policy) => JSON.stringify(policy));
  expect(policies.filter((policy) => policy.includes('dynamodb:PutItem'))).toHaveLength(5);
  for (const policy of policies.filter((one) => one.includes('dynamodb:')))
    expect(policy).toMatch(/:table\/restored("|\/stream\/)/);
});
