import * as z from 'zod/mini';

/** Why a message stays in the queue, in words for the terminal. */
export class Left extends Error {
  override readonly name: string = 'Left';
}

/** The records have left the stream: no redrive brings them back. */
export class Trimmed extends Left {
  override readonly name = 'Trimmed';
}

/** A record's place in its shard. */
export const sequenceNumber = z.string().check(z.regex(/^\d{1,40}$/));

/**
 * What a redrive needs of the message. All of it is printed or asked for, so none of it is taken as it comes.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
const message = z.object({
  requestContext: z.object({
    functionArn: z
      .string()
      .check(z.regex(/^arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/)),
  }),
  DDBStreamBatchInfo: z.object({
    streamArn: z
      .string()
      .check(z.regex(/^arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+\/stream\/[\w.:-]+$/)),
    shardId: z.string().check(z.regex(/^[\w-]+$/)),
    startSequenceNumber: sequenceNumber,
    endSequenceNumber: sequenceNumber,
    approximateArrivalOfLastRecord: z.iso.datetime(),
  }),
});

/** What the queue of unsent mails holds instead. */
const eventOfTheBus = z.object({ 'detail-type': z.string(), detail: z.object({}) });

/** A part of one shard, both ends included. */
export type StreamRange = z.infer<typeof message>['DDBStreamBatchInfo'];
/** Which function gave up which records. */
export type DeadLetter = { functionArn: string; range: StreamRange };

/** What Lambda sends about records that it gave up. Throws `Left` for anything else, and names nothing of what it holds. */
export function parseDeadLetter(body: string): DeadLetter {
  const json = jsonIn(body);
  if (z.safeParse(eventOfTheBus, json).success)
    throw new Left(
      'an event that asks for a mail: give all of them back with aws sqs start-message-move-task',
    );
  const parsed = z.safeParse(message, json);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path.join('.') || 'it is no object';
    throw new Left(`not what Lambda sends about a DynamoDB stream: ${where}`);
  }
  const { requestContext, DDBStreamBatchInfo: range } = parsed.data;
  return { functionArn: requestContext.functionArn, range };
}

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // No cause: a parser quotes what it could not read.
    throw new Left('not what Lambda sends about a DynamoDB stream: it is no JSON');
  }
}
