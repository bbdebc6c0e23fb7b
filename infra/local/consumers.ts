import type { DynamoDBBatchResponse, DynamoDBRecord } from 'aws-lambda';

/** A function that reads the stream, and which records it is given. */
export type Consumer = { name: string; isFor(record: DynamoDBRecord): boolean };

type Invoke = (name: string, records: readonly DynamoDBRecord[]) => Promise<unknown>;

/**
 * Gives a batch to all who read the stream, each what it is subscribed to, at the same time; answers what any of them
 * failed on. Deployed each has a place of its own in the stream: here all come again from where one failed.
 */
export async function feed(
  consumers: readonly Consumer[],
  records: readonly DynamoDBRecord[],
  invoke: Invoke,
): Promise<DynamoDBBatchResponse> {
  const responses = await Promise.all(
    consumers.map(async ({ name, isFor }) => {
      const theirs = records.filter(isFor);
      // What a function answers to a batch of the stream.
      return theirs.length > 0 ? ((await invoke(name, theirs)) as DynamoDBBatchResponse | null) : undefined;
    }),
  );
  return { batchItemFailures: responses.flatMap((response) => response?.batchItemFailures ?? []) };
}
