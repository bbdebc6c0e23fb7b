import type { DynamoDBRecord } from 'aws-lambda';
import { type Delivery, deliver } from './delivery.ts';

/** A function that reads the stream, and which records it is given. */
export type Consumer = { name: string; isFor(record: DynamoDBRecord): boolean };

/** How batches reach the consumers. */
export type Feeding = Pick<Delivery, 'storageFailures' | 'pause'> & {
  invoke(name: string, records: readonly DynamoDBRecord[]): Promise<unknown>;
  /** Called when every consumer is done with everything up to this record. */
  handled(record: DynamoDBRecord): Promise<void>;
  /** Called for a record that this consumer cannot handle. */
  deadLetter(name: string, record: DynamoDBRecord): Promise<void>;
};

/**
 * Gives a batch to all who read the stream, each what it is subscribed to, at the same time. What one fails on comes
 * again to that one alone, as each has a place of its own in the stream when deployed.
 */
export async function feed(
  consumers: readonly Consumer[],
  records: readonly DynamoDBRecord[],
  { invoke, storageFailures, handled, deadLetter, pause }: Feeding,
): Promise<void> {
  const done = consumers.map(() => 0);
  let behindAll = 0;
  let moving = Promise.resolve();
  const advance = (consumer: number, to: number): Promise<void> => {
    done[consumer] = to;
    const least = Math.min(...done);
    const last = least > behindAll ? records[least - 1] : undefined;
    if (last) {
      behindAll = least;
      moving = moving.then(() => handled(last));
    }
    return moving;
  };
  const ends = await Promise.allSettled(
    consumers.map(async ({ name, isFor }, consumer) => {
      await deliver(records.filter(isFor), {
        invoke: (theirs) => invoke(name, theirs),
        storageFailures,
        pause,
        handled: (record) => advance(consumer, records.indexOf(record) + 1),
        deadLetter: (record) => deadLetter(name, record),
      });
      await advance(consumer, records.length);
    }),
  );
  // Only when all have ended, as the batch is then read again.
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
