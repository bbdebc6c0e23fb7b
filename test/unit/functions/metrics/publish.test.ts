import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newMeter } from '../../../../domain/table/meter.ts';

/** The metrics as they stand in the log: the library reads its settings when it is loaded. */
async function aPublisher() {
  vi.resetModules();
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'workspaces/test');
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'workspaces');
  // Else the library writes past the console.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  const lines = vi.spyOn(console, 'log').mockImplementation(() => {});
  const module = await import('../../../../functions/metrics/publish.ts');
  return { ...module, lines: () => lines.mock.calls.map(([line]) => JSON.parse(String(line))) };
}

beforeEach(() => vi.unstubAllEnvs());
afterEach(() => vi.restoreAllMocks());

test('a line holds all metrics of one operation, in the embedded format', async () => {
  const { publish, lines } = await aPublisher();

  publish('getWorkspace', { Requests: 1, Latency: 12, ReadUnits: 3 });

  const [line, ...others] = lines();
  expect(others).toEqual([]);
  expect(line).toMatchObject({
    service: 'workspaces',
    operation: 'getWorkspace',
    Requests: 1,
    Latency: 12,
    ReadUnits: 3,
    _aws: {
      CloudWatchMetrics: [
        {
          Namespace: 'workspaces/test',
          Dimensions: [['service', 'operation']],
          Metrics: [
            { Name: 'Requests', Unit: 'Count' },
            { Name: 'Latency', Unit: 'Milliseconds' },
            { Name: 'ReadUnits', Unit: 'Count' },
          ],
        },
      ],
    },
  });
});

test('the next line has nothing of the one before', async () => {
  const { publish, lines } = await aPublisher();

  publish('getWorkspace', { Requests: 1, Conflicts: 2 });
  publish('listWorkspaces', { Requests: 1 });

  expect(lines()[1]).toMatchObject({ operation: 'listWorkspaces', Requests: 1 });
  expect(lines()[1]).not.toHaveProperty('Conflicts');
});

test('what did not happen is not told', async () => {
  const { costsOf } = await aPublisher();

  expect(costsOf(newMeter())).toEqual({});
  expect(costsOf({ readUnits: 2.5, writeUnits: 10, conflicts: 1, retries: 3 })).toEqual({
    ReadUnits: 2.5,
    WriteUnits: 10,
    Conflicts: 1,
    Retries: 3,
  });
});
