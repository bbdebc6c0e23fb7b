import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../../infra/local/checkpoint.ts';
import { type Engine, startEngine } from '../../../infra/local/dynoxide.ts';
import { pollStream, type StreamPoller } from '../../../infra/local/stream.ts';
import { engineConfig, ensureTable } from '../../../infra/local/table.ts';

let engine: Engine;
let client: DynamoDBClient;
let streamArn: string;
let directory: string;
let pollers: StreamPoller[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stream-'));
  engine = await startEngine();
  client = new DynamoDBClient(engineConfig(engine.endpoint));
  streamArn = await ensureTable(client, 'things');
});
afterEach(async () => {
  await Promise.all(pollers.map((poller) => poller.stop()));
  pollers = [];
  await engine.stop();
  await rm(directory, { recursive: true });
});

const sortKeyOf = (record: DynamoDBRecord) => record.dynamodb?.Keys?.sk?.S ?? '';
const checkpointPath = () => join(directory, 'stream.json');
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => String(from + n).padStart(4, '0'));

async function put(sks: string[]): Promise<void> {
  for (const sk of sks) {
    await client.send(
      new PutItemCommand({
        TableName: 'things',
        Item: { pk: { S: 'p' }, sk: { S: sk }, bytes: { B: new Uint8Array([0, 255]) } },
      }),
    );
  }
}

async function aPoller(
  handler: (records: readonly DynamoDBRecord[]) => Promise<unknown>,
  dead: string[] = [],
): Promise<StreamPoller> {
  const poller = pollStream({
    streams: new DynamoDBStreamsClient(engineConfig(engine.endpoint)),
    streamArn,
    checkpoint: await openCheckpoint(checkpointPath(), streamArn),
    consumers: [{ name: 'all', isFor: () => true }],
    invoke: (_, records) => handler(records),
    storageFailures: () => 0,
    deadLetter: async (_, record) => void dead.push(sortKeyOf(record)),
    log: () => undefined,
  });
  pollers.push(poller);
  return poller;
}

test('when it has caught up, every record that was written before has been handled, once and in order', async () => {
  const seen: DynamoDBRecord[] = [];
  const poller = await aPoller(async (records) => void seen.push(...records));
  await put(numbers(0, 250));

  await poller.caughtUp();

  expect(seen.map(sortKeyOf)).toEqual(numbers(0, 250));
  expect(seen[0]).toMatchObject({ eventName: 'INSERT', dynamodb: { NewImage: { bytes: { B: 'AP8=' } } } });
  expect(JSON.parse(JSON.stringify(seen[0]))).toEqual(seen[0]);
});

test('a poller that died in the middle is followed by one that handles all the rest, at least once', async () => {
  await put(numbers(0, 250));
  const before: string[] = [];
  let died = () => {};
  const death = new Promise<void>((resolve) => {
    died = resolve;
  });
  await aPoller(async (records) => {
    before.push(...records.map(sortKeyOf));
    if (before.length <= 100) return undefined;
    died();
    // What a killed process leaves: a batch that was begun and never acknowledged.
    return new Promise(() => undefined);
  });
  await death;
  pollers = [];
  const kept = await readFile(checkpointPath());

  const after: string[] = [];
  const next = await aPoller(async (records) => void after.push(...records.map(sortKeyOf)));
  await next.caughtUp();

  expect(JSON.parse(kept.toString()).shards).toEqual({ 'shardId-00000001-things': { after: '100' } });
  expect(after).toEqual(numbers(100, 250));
});

test('a poller that was stopped goes on where it stopped', async () => {
  const first: string[] = [];
  const poller = await aPoller(async (records) => void first.push(...records.map(sortKeyOf)));
  await put(['a', 'b']);
  await poller.caughtUp();
  await poller.stop();
  await put(['c']);

  const second: string[] = [];
  const next = await aPoller(async (records) => void second.push(...records.map(sortKeyOf)));
  await next.caughtUp();

  expect(first).toEqual(['a', 'b']);
  expect(second).toEqual(['c']);
});

test('the checkpoint of another table counts for nothing', async () => {
  const shards = { 'shardId-00000001-things': { after: '1' } };
  await writeFile(checkpointPath(), JSON.stringify({ streamArn: 'arn:of:another', shards }));
  await put(['a', 'b']);

  const seen: string[] = [];
  const poller = await aPoller(async (records) => void seen.push(...records.map(sortKeyOf)));
  await poller.caughtUp();

  expect(seen).toEqual(['a', 'b']);
});

test('a record that keeps failing is put aside and the rest goes on', async () => {
  const seen: string[] = [];
  const dead: string[] = [];
  await put(['a', 'poison', 'c']);

  const poller = await aPoller(async (records) => {
    for (const record of records) {
      if (sortKeyOf(record) === 'poison') {
        return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber }] };
      }
      seen.push(sortKeyOf(record));
    }
    return undefined;
  }, dead);
  await vi.waitFor(() => expect(seen).toEqual(['a', 'c']), 20_000);
  await poller.caughtUp();

  expect(dead).toEqual(['poison']);
});

test('waiting for a handler that hangs ends after three seconds', async () => {
  await put(['a']);
  const poller = await aPoller(() => new Promise(() => undefined));
  const start = performance.now();

  await poller.caughtUp();

  expect(performance.now() - start).toBeLessThan(4_000);
  pollers = [];
});
