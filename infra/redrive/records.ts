import {
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type _Record as StreamRecord,
  TrimmedDataAccessException,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { lambdaRecord } from '../stream/record.ts';
import { Left, type StreamRange, Trimmed } from './deadLetter.ts';

export type Reading = {
  streams: DynamoDBStreamsClient;
  now(): Date;
  pause(milliseconds: number): Promise<void>;
};

/** At the tip of an open shard there is always a next page. */
const mostEmptyPages = 50;
/** A shard gives five pages a second. */
const pauseMilliseconds = 200;
const retentionMilliseconds = 24 * 60 * 60 * 1_000;

/**
 * The records of the range, both ends included, as an event source mapping would send them. More than were given up: of
 * a mapping that filters, or works off a shard in parallel, others lie between. Throws `Trimmed` for what is no longer
 * there and `Left` unless both ends are.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetShardIterator.html
 */
export async function readRange(reading: Reading, range: StreamRange): Promise<DynamoDBRecord[]> {
  const [first, last] = [BigInt(range.startSequenceNumber), BigInt(range.endSequenceNumber)];
  const found: StreamRecord[] = [];
  try {
    for await (const record of recordsFrom(reading, range)) {
      const place = placeOf(record);
      if (place >= first && place <= last) found.push(record);
      if (place >= last) break;
    }
  } catch (cause) {
    if (isTrimmed(cause, range, reading.now()))
      throw new Trimmed('older than the 24 h that the stream keeps', { cause });
    throw cause;
  }
  if (placeOf(found.at(0)) !== first || placeOf(found.at(-1)) !== last)
    throw new Left(`its shard has ${found.length} records of the range, but not both ends of it`);
  return found.map((record) => lambdaRecord(record, range.streamArn));
}

async function* recordsFrom({ streams, pause }: Reading, range: StreamRange): AsyncGenerator<StreamRecord> {
  const start = await streams.send(
    new GetShardIteratorCommand({
      StreamArn: range.streamArn,
      ShardId: range.shardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER',
      SequenceNumber: range.startSequenceNumber,
    }),
  );
  let iterator = start.ShardIterator;
  for (let emptyPages = 0; iterator !== undefined && emptyPages < mostEmptyPages; ) {
    const page = await streams.send(new GetRecordsCommand({ ShardIterator: iterator }));
    yield* page.Records ?? [];
    iterator = page.NextShardIterator;
    emptyPages = page.Records?.length ? 0 : emptyPages + 1;
    if (emptyPages > 0) await pause(pauseMilliseconds);
  }
}

/** Sequence numbers have up to 40 digits. */
function placeOf(record: StreamRecord | undefined): bigint {
  return BigInt(record?.dynamodb?.SequenceNumber ?? -1);
}

/** A shard goes some time after its last record has, and is then not found at all, like one that never was. */
function isTrimmed(
  cause: unknown,
  { approximateArrivalOfLastRecord: last }: StreamRange,
  now: Date,
): boolean {
  if (cause instanceof TrimmedDataAccessException) return true;
  return (
    cause instanceof ResourceNotFoundException && now.getTime() - Date.parse(last) > retentionMilliseconds
  );
}
