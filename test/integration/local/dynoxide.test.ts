import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Engine, startEngine } from '../../../infra/local/dynoxide.ts';
import { engineConfig, ensureTable } from '../../../infra/local/table.ts';
import { ended, startScript } from './processes.ts';

let directory: string;
let engine: Engine | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dynoxide-'));
});
afterEach(() => engine?.stop());
afterAll(() => rm(directory, { recursive: true }));

const isGone = (endpoint: string) => vi.waitFor(() => expect(fetch(endpoint)).rejects.toThrow(), 5_000);

async function put(endpoint: string, sk: string): Promise<void> {
  await new DynamoDBClient(engineConfig(endpoint)).send(
    new PutItemCommand({ TableName: 'things', Item: { pk: { S: 'p' }, sk: { S: sk } } }),
  );
}

async function countAt(endpoint: string): Promise<number | undefined> {
  const found = await new DynamoDBClient(engineConfig(endpoint)).send(
    new QueryCommand({
      TableName: 'things',
      KeyConditionExpression: 'pk = :p',
      ExpressionAttributeValues: { ':p': { S: 'p' } },
    }),
  );
  return found.Count;
}

describe('an engine that cannot start says why, and names the way out', () => {
  test('when its package is not installed', async () => {
    const arch = vi.spyOn(process, 'arch', 'get').mockReturnValue('mips');

    const starting = startEngine();

    await expect(starting).rejects.toThrow(/@dynoxide\/\w+-mips.*DYNAMODB_ENDPOINT/);
    arch.mockRestore();
  });

  test('when the binary cannot be run', async () => {
    const starting = startEngine({ binary: join(directory, 'nothing-here') });

    await expect(starting).rejects.toThrow(/nothing-here.*not found.*DYNAMODB_ENDPOINT/);
  });

  test('when the file is no database', async () => {
    const dbPath = join(directory, 'text.db');
    await writeFile(dbPath, 'This is no database, and was never meant to be one. '.repeat(100));

    const starting = startEngine({ dbPath });

    await expect(starting).rejects.toThrow(/database.*DYNAMODB_ENDPOINT/);
  });
});

test('stop ends the engine', async () => {
  engine = await startEngine();
  const { endpoint } = engine;

  await engine.stop();

  await isGone(endpoint);
});

test('engines in memory share nothing', async () => {
  engine = await startEngine();
  const other = await startEngine();
  const [one, two] = [engine, other].map(({ endpoint }) => new DynamoDBClient(engineConfig(endpoint)));
  if (!one || !two) throw new Error('two engines were started');
  await Promise.all([ensureTable(one, 'things'), ensureTable(two, 'things')]);

  await put(engine.endpoint, '1');

  expect(await countAt(engine.endpoint)).toBe(1);
  expect(await countAt(other.endpoint)).toBe(0);
  await other.stop();
});

test('the table is made once, and keeps its stream', async () => {
  engine = await startEngine();
  const client = new DynamoDBClient(engineConfig(engine.endpoint));

  const first = await ensureTable(client, 'things');
  const second = await ensureTable(client, 'things');

  expect(first).toContain('table/things/stream/');
  expect(second).toBe(first);
});

test('after kill -9 of its host the engine goes, and everything that was acknowledged is there at the next start', async () => {
  const dbPath = join(directory, 'killed.db');
  const host = fileURLToPath(new URL('./functions/engineHost.ts', import.meta.url));
  const { child, line: endpoint } = await startScript(host, [dbPath], { until: 'http' });
  await ensureTable(new DynamoDBClient(engineConfig(endpoint)), 'things');
  for (let n = 0; n < 50; n++) await put(endpoint, String(n));

  child.kill('SIGKILL');
  await ended(child);
  // At once, while the old engine may still be on its way out.
  engine = await startEngine({ dbPath });

  expect(await countAt(engine.endpoint)).toBe(50);
  await put(engine.endpoint, 'after');
  expect(await countAt(engine.endpoint)).toBe(51);
  await isGone(endpoint);
});
