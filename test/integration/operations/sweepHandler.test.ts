import type { Context } from 'aws-lambda';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { operationKey } from '../../../domain/operations/operation.item.ts';
import { aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { anUndrivenOperation } from '../../support/operations.ts';
import { type Damage, damageTo } from '../verify/damage.ts';

let engine: TestEngine;
let world: World;
let d: Damage;
let handler: (_: unknown, context: Context) => Promise<void>;
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
  ({ handler } = await import('../../../functions/lambda/sweep.ts'));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const run = () => handler({}, { getRemainingTimeInMillis: () => 60_000 } as Context);

test('what failed is in the log with its operation, the metrics are told all the same, and then the function fails', async () => {
  const { orgId, operationId } = await anUndrivenOperation(world);
  const key = operationKey(orgId, operationId);
  await anUndrivenOperation(world);
  await d.set(key, 'kind', 'workspace.merge');

  await expect(run()).rejects.toThrow('1 of 2 running operations');

  const errors = lines.filter(({ level }) => level === 'ERROR');
  expect(errors).toMatchObject([{ operationId, error: '$ZodError', reason: expect.any(String) }]);
  expect(lines).toContainEqual(
    expect.objectContaining({ operation: 'sweepOperations', OperationsRunning: 2, OperationsWoken: 1 }),
  );

  await d.set(key, 'kind', 'connections.copy');
  lines.length = 0;
  await run();

  expect(lines.filter(({ level }) => level === 'ERROR')).toEqual([]);
  expect(lines).toContainEqual(expect.objectContaining({ OperationsRunning: 2, OperationsWoken: 1 }));
});
