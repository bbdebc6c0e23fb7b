import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { installedBinary } from '../../../infra/local/dynoxide.ts';
import { type KeptEngine, keepEngine } from '../../../infra/local/keptEngine.ts';
import { engineConfig, ensureTable } from '../../../infra/local/table.ts';
import { killEngineOn } from './processes.ts';

let directory: string;
let binary: string;
let dbPath: string;
let log: string[];
let engine: KeptEngine | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kept-'));
  binary = join(directory, 'dynoxide');
  dbPath = join(directory, 'table.db');
  log = [];
  await copyFile(installedBinary(), binary);
  await chmod(binary, 0o700);
});
afterEach(async () => {
  await engine?.stop();
  await rm(directory, { recursive: true });
});

async function anEngine(): Promise<KeptEngine> {
  engine = await keepEngine({ dbPath, binary }, (line) => log.push(line));
  await ensureTable(clientOf(engine), 'things');
  return engine;
}

const clientOf = ({ endpoint }: KeptEngine) => new DynamoDBClient(engineConfig(endpoint));
const tables = async (kept: KeptEngine) => (await clientOf(kept).send(new ListTablesCommand({}))).TableNames;

test('an engine that dies again and again is there again each time, at its address, with its data', async () => {
  const kept = await anEngine();

  for (const round of [1, 2, 3]) {
    await killEngineOn(dbPath);
    await vi.waitUntil(() => log.filter((line) => line.endsWith('is back.')).length === round, 10_000);

    expect(await tables(kept)).toEqual(['things']);
  }

  const pauses = log.flatMap((line) => /again in (\d+) ms/.exec(line)?.[1] ?? []);
  expect(pauses).toEqual(['100', '200', '400']);
});

describe('an engine that can no longer be started ends with one sentence that says why', () => {
  test('when its binary is gone', async () => {
    const { failed } = await anEngine();

    await rm(binary);
    await killEngineOn(dbPath);

    expect(await failed).toMatch(/can't be started again: .*not found.*DYNAMODB_ENDPOINT[^\n]*$/);
  });

  test('when its database is broken', async () => {
    const { failed } = await anEngine();

    await rm(`${dbPath}-wal`, { force: true });
    await writeFile(dbPath, 'This was a database, but it is none any more. '.repeat(1_000));
    await killEngineOn(dbPath);

    expect(await failed).toMatch(/can't be started again: .*table\.db.*not a valid SQLite database/);
  });
});

test('an engine that is stopped, also while it is being started again, stays stopped and leaves no process', async () => {
  const kept = await anEngine();
  await killEngineOn(dbPath);
  await vi.waitUntil(() => log.length > 0);

  await kept.stop();

  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
  expect(stdout.split('\n').filter((line) => line.includes(dbPath))).toEqual([]);
  await expect(fetch(kept.endpoint)).rejects.toThrow();
});
