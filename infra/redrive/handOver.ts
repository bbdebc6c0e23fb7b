import { InvokeCommand, type InvokeCommandOutput, type LambdaClient } from '@aws-sdk/client-lambda';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { Left } from './deadLetter.ts';

/** A function has 120 s, and a record may take 20 s of it. */
const mostRecords = 5;
/** Half of what Lambda takes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const mostBytes = 3_000_000;

/**
 * Gives the records to the function, batch after batch, as an event source mapping would. Throws `Left` at the first
 * record that failed: what comes after it in the stream must not be handled before it.
 */
export async function handOver(
  lambda: LambdaClient,
  functionArn: string,
  records: readonly DynamoDBRecord[],
): Promise<void> {
  let handled = 0;
  const left = (why: string, cause?: unknown) =>
    new Left(`${handled} of ${records.length} records were handled, then ${why}`, { cause });
  for (const batch of batchesOf(records)) {
    const Payload = JSON.stringify({ Records: batch });
    const answer = await lambda
      .send(new InvokeCommand({ FunctionName: functionArn, InvocationType: 'RequestResponse', Payload }))
      .catch((cause: unknown) => {
        // Only the name: what Lambda says about a request may quote it.
        throw left(
          `the function was not reached: ${cause instanceof Error ? cause.name : 'no error'}`,
          cause,
        );
      });
    const outcome = outcomeOf(answer, batch);
    handled += outcome.handled;
    if (outcome.failure) throw left(`${outcome.failure}${inLog(answer)}`);
  }
}

function* batchesOf(records: readonly DynamoDBRecord[]): Generator<DynamoDBRecord[]> {
  let batch: DynamoDBRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = Buffer.byteLength(JSON.stringify(record));
    if (batch.length === mostRecords || (batch.length > 0 && bytes + size > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

/** How many records from the front of the batch are done, and what became of the next. */
function outcomeOf(
  { FunctionError, Payload }: InvokeCommandOutput,
  batch: readonly DynamoDBRecord[],
): { handled: number; failure?: string } {
  const answered = jsonIn(Payload);
  if (FunctionError) {
    const thrown = crash.safeParse(answered);
    const reason = `the function failed (${thrown.data?.errorType ?? FunctionError})`;
    // Which one it was is not known; a batch is short, and skipping finds it.
    const sequences = batch.map(({ dynamodb }) => dynamodb?.SequenceNumber).join(', ');
    return { handled: 0, failure: `${reason} on one of ${sequences}` };
  }
  const reported = response.safeParse(answered);
  if (!reported.success) return { handled: 0, failure: 'the function answered what no mapping understands' };
  const failed = reported.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier) ?? [];
  if (failed.length === 0) return { handled: batch.length };
  const places = failed.map((id) => batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === id));
  const first = Math.min(...places);
  // An identifier that is not of this batch fails all of it.
  if (first < 0) return { handled: 0, failure: 'the function reported a record that it was not given' };
  return { handled: first, failure: `${batch[first]?.dynamodb?.SequenceNumber} failed` };
}

/** Without the message, which may tell of a person. */
const crash = z.object({ errorType: z.string().check(z.regex(/^[\w.]{1,80}$/)) });
/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html */
const response = z.nullish(
  z.object({ batchItemFailures: z.nullish(z.array(z.object({ itemIdentifier: z.string() }))) }),
);

function jsonIn(payload: Uint8Array | undefined): unknown {
  const text = new TextDecoder().decode(payload);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // As it stands it is of no form that is looked for.
    return text;
  }
}

function inLog({ $metadata: { requestId } }: InvokeCommandOutput): string {
  return requestId ? `; its log has request ${requestId}` : '';
}
