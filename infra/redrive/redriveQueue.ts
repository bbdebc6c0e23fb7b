import type { LambdaClient } from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DynamoDBRecord } from 'aws-lambda';
import { wordsOf } from '../cli/wordsOf.ts';
import { Left, parseDeadLetter, Trimmed } from './deadLetter.ts';
import { handOver } from './handOver.ts';
import { type Reading, readRange } from './records.ts';

export type Redrive = {
  queueUrl: string;
  /** Messages, at most. */
  max: number;
  /** Reads all and changes nothing. */
  dryRun: boolean;
  /** Whether to delete a message whose records have left the stream. */
  dropTrimmed: boolean;
  /** Sequence numbers of the records that are not handed over, whichever message has them. */
  skip: ReadonlySet<string>;
};
export type Services = Reading & { sqs: SQSClient; lambda: LambdaClient };

/** What became of a message. */
export type Outcome = {
  messageId: string;
  /** Only `redriven` and `dropped` messages are no longer in the queue. */
  state: 'redriven' | 'readable' | 'dropped' | 'left';
  /** Name and alias of the function. */
  worker?: string;
  /** Those that were skipped are counted too. */
  records?: number;
  /** Which of them were skipped. */
  skipped?: readonly string[];
  why?: string;
};

/** Time to hand over what one message tells of: a few batches, of 2 minutes each at the worst. */
const visibilitySeconds = 15 * 60;
/** Any wait asks all of the queue's servers, where none asks some. */
const waitSeconds = 2;

/**
 * Redrives message after message, and tells of each, until the queue has no more of them. What is left is in sight again
 * when this ends and not before, or it would be met again at once. Throws what AWS refuses for all messages alike.
 */
export async function redriveQueue(
  services: Services,
  asked: Redrive,
  tell: (outcome: Outcome) => void,
): Promise<void> {
  const receipts = new Map<string, string>();
  try {
    for (let met = 0; met < asked.max; met++) {
      const message = await receive(services.sqs, asked);
      if (!message) return;
      const isMetAgain = receipts.has(message.messageId);
      receipts.set(message.messageId, message.receipt);
      // The run took longer than a message stays out of sight, so all others have been met as well.
      if (isMetAgain) return;
      const outcome = await redriveMessage(services, asked, message);
      if (outcome.state === 'redriven' || outcome.state === 'dropped') receipts.delete(message.messageId);
      tell(outcome);
    }
  } finally {
    await release(services.sqs, asked, [...receipts.values()]);
  }
}

type Message = { messageId: string; receipt: string; body: string };

/** One, as the time out of sight begins for all that are received together. */
async function receive(sqs: SQSClient, { queueUrl }: Redrive): Promise<Message | undefined> {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      VisibilityTimeout: visibilitySeconds,
      WaitTimeSeconds: waitSeconds,
    }),
  );
  const [message] = Messages ?? [];
  const { MessageId: messageId = '', ReceiptHandle: receipt = '', Body: body = '' } = message ?? {};
  return message && { messageId, receipt, body };
}

async function redriveMessage(services: Services, asked: Redrive, message: Message): Promise<Outcome> {
  const about: Omit<Outcome, 'state' | 'why'> = { messageId: message.messageId };
  const remove = () =>
    services.sqs.send(new DeleteMessageCommand({ QueueUrl: asked.queueUrl, ReceiptHandle: message.receipt }));
  try {
    const { functionArn, range } = parseDeadLetter(message.body);
    about.worker = functionArn.split(':').slice(6).join(':');
    const records = await readRange(services, range);
    about.records = records.length;
    about.skipped = records.map(numberOf).filter((number) => asked.skip.has(number));
    if (asked.dryRun) return { ...about, state: 'readable' };
    const wanted = records.filter((record) => !asked.skip.has(numberOf(record)));
    await handOver(services.lambda, functionArn, wanted);
    await remove();
    return { ...about, state: 'redriven' };
  } catch (error) {
    const refusal = [error, error instanceof Error ? error.cause : undefined].find(isRefusal);
    if (refusal) throw refusal;
    if (!(error instanceof Left)) return { ...about, state: 'left', why: wordsOf(error) };
    if (!(error instanceof Trimmed)) return { ...about, state: 'left', why: error.message };
    if (!asked.dropTrimmed || asked.dryRun)
      return { ...about, state: 'left', why: `${error.message}: ${afterTrimming}` };
    await remove();
    return { ...about, state: 'dropped', why: error.message };
  }
}

const afterTrimming =
  'operations go on by the sweep, events stand in the audit records; delete with --drop-trimmed';

function numberOf({ dynamodb }: DynamoDBRecord): string {
  return dynamodb?.SequenceNumber ?? '';
}

/** SQS names it in two ways, by protocol. */
const refusals = new Set(['AccessDenied', 'AccessDeniedException']);

function isRefusal(error: unknown): boolean {
  return error instanceof Error && refusals.has(error.name);
}

async function release(sqs: SQSClient, { queueUrl }: Redrive, receipts: string[]): Promise<void> {
  for (const receipt of receipts) {
    await sqs
      .send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receipt,
          VisibilityTimeout: 0,
        }),
      )
      // It comes back by itself in a while.
      .catch(() => undefined);
  }
}
