import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import { lambdaRecord } from '../stream/record.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Consumer, type Feeding, feed } from './consumers.ts';

export type ShardOptions = Pick<Feeding, 'invoke' | 'storageFailures' | 'deadLetter'> & {
  consumers: readonly Consumer[];
  streams: DynamoDBStreamsClient;
  streamArn: string;
  checkpoint: Checkpoint;
};

type Reader = ShardOptions & {
  /** Where each shard goes on; begun anew from the checkpoint after any failure. */
  iterators: Map<string, string>;
  /** Asked for again when a shard has ended, as its children are there by then. */
  shards: Shard[] | undefined;
  stopping: AbortSignal;
};

const batchSize = 100;

/** Reads a stream on from its checkpoint. `read` delivers all that is there and tells how many records that was. */
export function shardReader(options: ShardOptions, stopping: AbortSignal): { read(): Promise<number> } {
  const reader: Reader = { ...options, stopping, iterators: new Map(), shards: undefined };
  return {
    async read() {
      try {
        return await readShards(reader);
      } catch (error) {
        reader.iterators.clear();
        reader.shards = undefined;
        throw error;
      }
    },
  };
}

/** Every shard to its present end, a parent before its children, as the order of an item's changes asks for. */
async function readShards(reader: Reader): Promise<number> {
  reader.shards ??= await listShards(reader);
  const shards = reader.shards;
  const ids = new Set(shards.map(({ ShardId }) => ShardId));
  const isFinished = (shardId: string) => reader.checkpoint.position(shardId).finished;
  let handled = 0;
  for (const { ShardId: id, ParentShardId: parent } of shards) {
    if (id === undefined || isFinished(id)) continue;
    if (parent === undefined || !ids.has(parent) || isFinished(parent))
      handled += await readShard(reader, id);
  }
  return handled;
}

async function listShards({ streams, streamArn }: Reader): Promise<Shard[]> {
  const shards: Shard[] = [];
  let after: string | undefined;
  do {
    const { StreamDescription: page } = await streams.send(
      new DescribeStreamCommand({ StreamArn: streamArn, ExclusiveStartShardId: after }),
    );
    shards.push(...(page?.Shards ?? []));
    after = page?.LastEvaluatedShardId;
  } while (after !== undefined);
  return shards;
}

async function readShard(reader: Reader, shardId: string): Promise<number> {
  const { checkpoint, iterators, streams, streamArn } = reader;
  let handled = 0;
  for (let count = batchSize; count === batchSize && !reader.stopping.aborted; handled += count) {
    const iterator = iterators.get(shardId) ?? (await iteratorOf(reader, shardId));
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: batchSize }));
    const records = (page.Records ?? []).map((record) => lambdaRecord(record, streamArn));
    await feed(reader.consumers, records, feedingOf(reader, shardId));
    count = records.length;
    if (page.NextShardIterator === undefined) {
      await checkpoint.move(shardId, { ...checkpoint.position(shardId), finished: true });
      reader.shards = undefined;
      return handled + count;
    }
    iterators.set(shardId, page.NextShardIterator);
  }
  return handled;
}

/** From the checkpoint on; from the oldest record that is left, where there is none or it has been trimmed. */
async function iteratorOf(reader: Reader, shardId: string): Promise<string | undefined> {
  const { after } = reader.checkpoint.position(shardId);
  const shard = { StreamArn: reader.streamArn, ShardId: shardId };
  const oldest = new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' });
  if (after === undefined) return (await reader.streams.send(oldest)).ShardIterator;
  const next = new GetShardIteratorCommand({
    ...shard,
    ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
    SequenceNumber: after,
  });
  try {
    return (await reader.streams.send(next)).ShardIterator;
  } catch (error) {
    if (!(error instanceof TrimmedDataAccessException)) throw error;
    return (await reader.streams.send(oldest)).ShardIterator;
  }
}

function feedingOf(
  { checkpoint, invoke, storageFailures, deadLetter, stopping }: Reader,
  shardId: string,
): Feeding {
  return {
    invoke,
    storageFailures,
    deadLetter,
    async handled({ dynamodb }) {
      if (dynamodb?.SequenceNumber) await checkpoint.move(shardId, { after: dynamodb.SequenceNumber });
    },
    // No record is given up because the stack stops: it comes again at the next start.
    pause: (milliseconds) => pause(milliseconds, undefined, { signal: stopping }),
  };
}
