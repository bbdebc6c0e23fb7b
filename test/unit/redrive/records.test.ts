import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { beforeEach, describe, expect, test } from 'vitest';
import { Left, Trimmed } from '../../../infra/redrive/deadLetter.ts';
import { readRange } from '../../../infra/redrive/records.ts';
import { aRange, aRecord, aScene, place, placesOf, records, shardId, streamArn } from './scene.ts';

let scene: ReturnType<typeof aScene>;

beforeEach(() => {
  scene = aScene();
});

const read = (from: number, to: number) => readRange(scene.services, aRange(from, to));

describe('the records of a range', () => {
  test('are asked for from its first on', async () => {
    scene.shard([records(3, 5)]);

    await read(3, 5);

    expect(scene.streams).toHaveReceivedCommandExactlyOnceWith(GetShardIteratorCommand, {
      StreamArn: streamArn,
      ShardId: shardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: place(3),
    });
  });

  test('are both ends and what is between, across pages and empty pages, and nothing around them', async () => {
    scene.shard([[aRecord(1), aRecord(2)], [], [aRecord(3)], [], [], [aRecord(4), aRecord(5)], [aRecord(6)]]);

    expect(placesOf(await read(2, 4))).toEqual([2, 3, 4]);
    expect(scene.pauses).toEqual([200, 200, 200]);
  });

  test('may be one', async () => {
    scene.shard([records(7, 9)]);

    expect(placesOf(await read(7, 7))).toEqual([7]);
  });

  test('are read no further than to the last', async () => {
    scene.shard([records(1, 2), records(3, 4), records(5, 6)]);

    await read(1, 4);

    expect(scene.streams).toHaveReceivedCommandTimes(GetRecordsCommand, 2);
  });

  test('are taken in the order of numbers, not of text', async () => {
    const numbered = (SequenceNumber: string) => ({ dynamodb: { SequenceNumber } });
    scene.shard([['99', '100', '101'].map(numbered)]);

    const found = await readRange(scene.services, {
      ...aRange(1, 1),
      startSequenceNumber: '99',
      endSequenceNumber: '100',
    });

    expect(found.map(({ dynamodb }) => dynamodb?.SequenceNumber)).toEqual(['99', '100']);
  });

  test('stand there as Lambda sends them: binary as base64, seconds, and where they come from', async () => {
    scene.shard([records(1, 1)]);

    const found = await read(1, 1);

    expect(JSON.parse(JSON.stringify(found))).toEqual([
      {
        eventID: 'e1',
        eventName: 'INSERT',
        eventVersion: '1.1',
        eventSource: 'aws:dynamodb',
        awsRegion: 'us-east-2',
        eventSourceARN: streamArn,
        dynamodb: {
          ApproximateCreationDateTime: 1795518000,
          Keys: { pk: { S: 'p' }, sk: { S: '1' } },
          NewImage: { email: { S: 'somebody@example.com' }, token: { B: 'AP8=' } },
          SequenceNumber: place(1),
          SizeBytes: 40,
          StreamViewType: 'NEW_AND_OLD_IMAGES',
        },
      },
    ]);
  });
});

describe('a range is left', () => {
  const incomplete = (there: number) =>
    new Left(`its shard has ${there} records of the range, but not both ends of it`);

  test('when the shard ends before it', async () => {
    scene.shard([records(1, 2)]);

    await expect(read(1, 4)).rejects.toThrow(incomplete(2));
  });

  test('when the open shard gives empty pages only: fifty, and then no more', async () => {
    scene.shard([records(1, 2)], { isOpen: true });

    await expect(read(1, 4)).rejects.toThrow(incomplete(2));
    expect(scene.streams).toHaveReceivedCommandTimes(GetRecordsCommand, 51);
    expect(scene.pauses).toHaveLength(50);
  });

  test('when its first record is missing', async () => {
    scene.shard([records(2, 4)]);

    await expect(read(1, 4)).rejects.toThrow(incomplete(3));
  });

  test('when its last record is missing', async () => {
    scene.shard([[aRecord(1), aRecord(2), aRecord(5)]]);

    await expect(read(1, 4)).rejects.toThrow(incomplete(2));
  });
});

describe('records older than the stream keeps', () => {
  const trimmed = new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} });
  const notFound = new ResourceNotFoundException({ message: 'no shard', $metadata: {} });

  test('are trimmed when the iterator is asked for', async () => {
    scene.streams.on(GetShardIteratorCommand).rejects(trimmed);

    await expect(read(1, 2)).rejects.toThrow(Trimmed);
  });

  test('are trimmed when they go while they are read', async () => {
    scene.shard([records(1, 2), records(3, 4)]);
    scene.streams.on(GetRecordsCommand, { ShardIterator: 'i1' }).rejects(trimmed);

    await expect(read(1, 4)).rejects.toThrow(Trimmed);
  });

  test.each([
    ['trimmed with their shard when the last arrived 24 h ago', '2026-11-23T11:59:59Z', true],
    ['not found, and not given up, when the last arrived within 24 h', '2026-11-23T12:00:01Z', false],
  ])('are %s', async (_, approximateArrivalOfLastRecord, isTrimmed) => {
    scene.streams.on(GetShardIteratorCommand).rejects(notFound);

    const reading = readRange(scene.services, { ...aRange(1, 2), approximateArrivalOfLastRecord });

    await expect(reading).rejects.toThrow(isTrimmed ? Trimmed : ResourceNotFoundException);
  });
});
