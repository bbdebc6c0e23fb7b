import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';

export type Delivery = {
  /** Runs the stream handler; rejects when it throws. */
  invoke(records: readonly DynamoDBRecord[]): Promise<unknown>;
  /** How many calls to the storage have failed so far: more after a try than before it, and the storage was away. */
  storageFailures(): number;
  /** Called when everything up to this record is behind us. */
  handled(record: DynamoDBRecord): Promise<void>;
  /** Called instead for a record that failed to the end. */
  deadLetter(record: DynamoDBRecord): Promise<void>;
  pause(milliseconds: number): Promise<void>;
};

const retries = 7;
const firstPauseMilliseconds = 50;
const longestPauseMilliseconds = 3_000;

/**
 * Delivers a batch as Lambda's event source mapping does: in order; what the handler reports as failed is tried again
 * from the first failed record on; a throw says nothing about which record it was, so the batch is bisected; what fails
 * to the end is put aside, so that one bad record cannot hold up the rest. While the storage is away the handler can do
 * nothing: that is waited for, for as long as it takes, and held against no record.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export async function deliver(records: readonly DynamoDBRecord[], delivery: Delivery): Promise<void> {
  let done = 0;
  let size = records.length;
  let failures = 0;
  let waits = 0;
  while (done < records.length) {
    const batch = records.slice(done, done + size);
    const outcome = await attempt(batch, delivery);
    const last = batch[outcome.handled - 1];
    if (last) {
      await delivery.handled(last);
      done += outcome.handled;
      failures = 0;
      waits = 0;
      size = records.length;
    }
    const failed = batch[outcome.handled];
    if (failed === undefined) continue;
    if (outcome.storageFailed) {
      await delivery.pause(pauseAfter(waits++));
      continue;
    }
    if (outcome.threw && batch.length > 1) {
      size = Math.ceil(batch.length / 2);
      continue;
    }
    if (failures === retries) {
      await delivery.deadLetter(failed);
      await delivery.handled(failed);
      done += 1;
      failures = 0;
      continue;
    }
    await delivery.pause(pauseAfter(failures++));
  }
}

function pauseAfter(failures: number): number {
  return Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** failures);
}

type Outcome = {
  /** How many records from the front of the batch are done. */
  handled: number;
  threw: boolean;
  storageFailed: boolean;
};

async function attempt(batch: readonly DynamoDBRecord[], delivery: Delivery): Promise<Outcome> {
  const before = delivery.storageFailures();
  const outcome = await tryBatch(batch, delivery);
  return { ...outcome, storageFailed: delivery.storageFailures() > before };
}

const response = z.nullish(
  z.object({ batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string() }))) }),
);

/** Gives a batch to the handler once, and reads what it answers. */
export async function tryBatch(
  batch: readonly DynamoDBRecord[],
  { invoke }: Pick<Delivery, 'invoke'>,
): Promise<Omit<Outcome, 'storageFailed'>> {
  let result: unknown;
  try {
    result = await invoke(batch);
  } catch {
    return { handled: 0, threw: true };
  }
  const reported = response.safeParse(result);
  if (!reported.success) return { handled: 0, threw: true };
  const failed = reported.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier) ?? [];
  if (failed.length === 0) return { handled: batch.length, threw: false };
  const first = batch.findIndex((record) => failed.includes(record.dynamodb?.SequenceNumber ?? ''));
  // An identifier that is not of this batch fails all of it.
  return { handled: Math.max(first, 0), threw: first < 0 };
}
