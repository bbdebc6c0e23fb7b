import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Operation, operationKey } from '../../../domain/operations/operation.item.ts';
import { aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { anUndrivenOperation, readOperation } from '../../support/operations.ts';
import { type Damage, damageTo } from '../verify/damage.ts';

/* The function that drives operations: what it tells of those that fail. */

let engine: TestEngine;
let world: World;
let d: Damage;
let handler: (batch: DynamoDBStreamEvent, context: Context) => Promise<DynamoDBBatchResponse>;
let lines: Record<string, unknown>[];

beforeAll(async () => {
  engine = await anEngine();
  d = damageTo(engine.table);
  world = aWorld(engine);
});

/** The function reads its settings, and its libraries theirs, when it is loaded. */
beforeEach(async () => {
  const { hostname, port } = (await engine.table.documents.config.endpoint?.()) ?? {};
  for (const [name, value] of Object.entries({
    TABLE_NAME: engine.table.name,
    CREDENTIALS_KEY: 'credentials',
    INVITATIONS_KEY: 'invitations',
    REQUESTS_KEY: 'requests',
    AWS_ENDPOINT_URL_DYNAMODB: `http://${hostname}:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_METRICS_DISABLED: 'false',
    POWERTOOLS_METRICS_NAMESPACE: 'workspaces/test',
    POWERTOOLS_SERVICE_NAME: 'workspaces',
    // Else the libraries write past the console.
    POWERTOOLS_DEV: 'true',
  }))
    vi.stubEnv(name, value);
  vi.resetModules();
  lines = [];
  for (const method of ['log', 'info', 'error'] as const)
    vi.spyOn(console, method).mockImplementation((line) => lines.push(JSON.parse(String(line))));
  ({ handler } = await import('../../../functions/lambda/operations.ts'));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

function recordOf(operation: Operation): DynamoDBRecord {
  const keys = operationKey(operation.orgId, operation.operationId);
  const image = (item: Record<string, unknown>) =>
    marshall(item, { removeUndefinedValues: true }) as NonNullable<DynamoDBRecord['dynamodb']>['Keys'];
  return {
    eventName: 'MODIFY',
    dynamodb: { Keys: image(keys), NewImage: image({ ...keys, ...operation }), SequenceNumber: '1' },
  };
}

const run = async ({ orgId, operationId }: Operation) =>
  handler({ Records: [recordOf(await readOperation(world, orgId, operationId))] }, {
    getRemainingTimeInMillis: () => 60_000,
  } as Context);
const told = (name: string) => lines.filter((line) => line.operation === 'runOperation' && name in line);

test('a step that fails is logged with its operation and counted, and its record is handled: the sweep comes', async () => {
  // It has no plan.
  const operation = await anUndrivenOperation(world);

  const response = await run(operation);

  expect(response).toEqual({ batchItemFailures: [] });
  expect(lines).toContainEqual(
    expect.objectContaining({
      message: 'operation step failed',
      operationId: operation.operationId,
      stack: expect.any(String),
    }),
  );
  expect(lines).toContainEqual(
    expect.objectContaining({
      message: 'operation turn',
      failingSince: expect.any(String),
      nextTryAt: expect.any(String),
    }),
  );
  expect(told('FailedSteps')).toMatchObject([{ FailedSteps: 1 }]);
  expect(told('ItemsGivenUp')).toEqual([]);
});

test('what is given up is logged and counted, and the function does not fail', async () => {
  const operation = await anUndrivenOperation(world);
  const key = operationKey(operation.orgId, operation.operationId);
  await d.set(key, 'failingSince', '2026-01-01T00:00:00.000Z');
  await d.set(key, 'attempts', 9);

  const response = await run(operation);

  expect(response).toEqual({ batchItemFailures: [] });
  expect(lines).toContainEqual(expect.objectContaining({ message: 'operation items given up', items: 1 }));
  expect(told('ItemsGivenUp')).toMatchObject([{ ItemsGivenUp: 1, FailedSteps: 1 }]);
});

test('a turn in which nothing fails tells none of both', async () => {
  const operation = await anUndrivenOperation(world);
  await d.set(operationKey(operation.orgId, operation.operationId), 'done', 1);

  await run(operation);

  expect([...told('FailedSteps'), ...told('ItemsGivenUp')]).toEqual([]);
});
