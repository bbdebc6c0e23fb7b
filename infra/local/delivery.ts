import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';

export type Delivery = {
  /** Runs the stream handler; rejects when it throws. */
  invoke(records: readonly DynamoDBRecord[]): Promise<unknown>;
  /** Called when everything up to this record is behind us. */
  handled(record: DynamoDBRecord): Promise<void>;
  /** Called instead for a record that failed to the end. */
  deadLetter(record: DynamoDBRecord): Promise<void>;
  pause(milliseconds: number): Promise<void>;
};

const retries = 5;
const firstPauseMilliseconds = 50;

/**
 * Delivers a batch as Lambda's event source mapping does: in order; what the handler reports as failed is tried again
 * from the first failed record on; a throw says nothing about which record it was, so the batch is bisected; what fails
 * to the end is put aside, so that one bad record cannot hold up the rest.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export async function deliver(records: readonly DynamoDBRecord[], delivery: Delivery): Promise<void> {
  let done = 0;
  let size = records.length;
  let failures = 0;
  while (done < records.length) {
    const batch = records.slice(done, done + size);
    const outcome = await attempt(batch, delivery);
    const last = batch[outcome.handled - 1];
    if (last) {
      await delivery.handled(last);
      done += outcome.handled;
      failures = 0;
      size = records.length;
    }
    const failed = batch[outcome.handled];
    if (failed === undefined) continue;
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
    await delivery.pause(firstPauseMilliseconds * 2 ** failures++);
  }
}

const response = z.nullish(
  z.object({ batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string() }))) }),
);

/** How many records from the front of the batch are done. */
async function attempt(
  batch: readonly DynamoDBRecord[],
  { invoke }: Delivery,
): Promise<{ handled: number; threw: boolean }> {
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
