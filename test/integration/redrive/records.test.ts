import { setTimeout as pause } from 'node:timers/promises';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Engine, startEngine } from '../../../infra/local/dynoxide.ts';
import { engineConfig, ensureTable } from '../../../infra/local/table.ts';
import { Left } from '../../../infra/redrive/deadLetter.ts';
import { readRange } from '../../../infra/redrive/records.ts';

let engine: Engine;
let client: DynamoDBClient;
let streams: DynamoDBStreamsClient;
let streamArn: string;
let shardId: string;
/** As the stream counts the writes. */
let places: string[];

beforeAll(async () => {
  engine = await startEngine();
  client = new DynamoDBClient(engineConfig(engine.endpoint));
  streams = new DynamoDBStreamsClient(engineConfig(engine.endpoint));
  streamArn = await ensureTable(client, 'things');
  for (const sk of ['a', 'b', 'c', 'd', 'e']) {
    await client.send(
      new PutItemCommand({
        TableName: 'things',
        Item: { pk: { S: 'p' }, sk: { S: sk }, bytes: { B: new Uint8Array([0, 255]) } },
      }),
    );
  }
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn: streamArn }));
  shardId = StreamDescription?.Shards?.[0]?.ShardId ?? '';
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  places = (Records ?? []).map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
});
afterAll(async () => {
  client.destroy();
  streams.destroy();
  await engine.stop();
});

const read = (startSequenceNumber = '', endSequenceNumber = '') =>
  readRange(
    { streams, now: () => new Date(), pause: async () => void (await pause(1)) },
    {
      streamArn,
      shardId,
      startSequenceNumber,
      endSequenceNumber,
      approximateArrivalOfLastRecord: new Date().toISOString(),
    },
  );

test('a range of a real stream has both its ends, and its records stand as Lambda sends them', async () => {
  const found = await read(places[1], places[3]);

  expect(found.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S)).toEqual(['b', 'c', 'd']);
  expect(found[0]).toMatchObject({
    eventName: 'INSERT',
    eventSource: 'aws:dynamodb',
    eventSourceARN: streamArn,
    awsRegion: streamArn.split(':')[3],
    dynamodb: { SequenceNumber: places[1], NewImage: { bytes: { B: 'AP8=' } } },
  });
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test('a range that goes on behind the tip of the shard is left after a while', async () => {
  await expect(read(places[3], `${places[4]}0`)).rejects.toThrow(
    new Left('its shard has 2 records of the range, but not both ends of it'),
  );
});
