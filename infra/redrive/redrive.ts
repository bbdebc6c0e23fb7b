import { setTimeout as pause } from 'node:timers/promises';
import { inspect, parseArgs } from 'node:util';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { wordsOf } from '../cli/wordsOf.ts';
import { sequenceNumber } from './deadLetter.ts';
import { type Outcome, type Redrive, redriveQueue, type Services } from './redriveQueue.ts';

const usage =
  'Usage: npm run redrive -- --queue-url URL [--dry-run] [--max 100] [--skip SEQUENCE]... [--drop-trimmed]';

const help = `${usage}

Takes what the functions that read the table's stream gave up, and gives it to them again: for each message of the
dead-letter queue, reads the records that it tells of from the stream and invokes the function with them. A message is
deleted when all of its records were handled; otherwise it stays, and all of its records come again the next time.
Mend what made them fail first, and within 24 h: longer the stream does not keep them.

  --queue-url URL       the queue: output DeadLetterQueueUrl of the stack
  --dry-run             reads and counts the records; invokes and deletes nothing
  --max 100             this many messages at most
  --skip SEQUENCE       for a record that can't be handled, which those behind it wait for: passes over it in every
                        message. The sequence number is the one that the line of a message calls failed; repeat for
                        more. Look into the log first: a message is deleted when all others of its records were
                        handled, and then nothing here brings the skipped ones back
  --drop-trimmed        deletes messages whose records are no longer in the stream. Nothing brings these back:
                        operations go on by the sweep, events stand in the table's audit records

A line a message, tab between: state, message, function, records, why. States: redriven, readable (by --dry-run),
dropped, left. How many of its records were skipped stands under why. No contents of records are printed.
Ends with 0: nothing was left; 1: something was; 2: it could not be done at all.

Messages are out of sight while this runs, and for 15 minutes if it is killed. Region and credentials come from the
usual AWS environment variables. Needs sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility,
dynamodb:GetShardIterator and dynamodb:GetRecords, lambda:InvokeFunction.
`;

/** Why nothing more is redriven, in one line for the terminal. */
class CannotRedrive extends Error {
  override readonly name = 'CannotRedrive';
}

/** `npm run redrive`; gives the exit code. */
export async function redrive(args: string[], services: () => Services = aws): Promise<number> {
  try {
    const asked = askedIn(args);
    if (asked === 'help') {
      process.stdout.write(help);
      return 0;
    }
    return await run(asked, services);
  } catch (error) {
    process.stderr.write(`${error instanceof CannotRedrive ? error.message : inspect(error)}\n`);
    return 2;
  }
}

async function run(asked: Redrive, services: () => Services): Promise<number> {
  const states: Outcome['state'][] = [];
  const unmet = new Set(asked.skip);
  await redriveQueue(services(), asked, (outcome) => {
    states.push(outcome.state);
    for (const number of outcome.skipped ?? []) unmet.delete(number);
    process.stdout.write(`${line(outcome)}\n`);
  }).catch((cause: unknown) => {
    throw new CannotRedrive(`Can't redrive ${asked.queueUrl}: ${wordsOf(cause)}`, { cause });
  });
  process.stdout.write(`${summary(states)}\n`);
  if (states.length === asked.max)
    process.stderr.write(`This was the most that --max allows, ${asked.max}: run again for the rest.\n`);
  for (const number of unmet)
    process.stderr.write(`--skip ${number}: no message that was read has this record.\n`);
  return states.includes('left') ? 1 : 0;
}

function askedIn(args: string[]): Redrive | 'help' {
  const values = valuesIn(args);
  if (values.help) return 'help';
  const queueUrl = values['queue-url'];
  const max = Number(values.max);
  if (!queueUrl) throw new CannotRedrive(`Which queue? ${usage}`);
  if (!URL.canParse(queueUrl)) throw new CannotRedrive(`--queue-url takes the URL of a queue. ${usage}`);
  if (!(Number.isInteger(max) && max > 0))
    throw new CannotRedrive(`--max takes a whole number above 0. ${usage}`);
  if (!values.skip.every((number) => z.safeParse(sequenceNumber, number).success))
    throw new CannotRedrive(`--skip takes a sequence number. ${usage}`);
  return {
    queueUrl,
    max,
    dryRun: values['dry-run'],
    dropTrimmed: values['drop-trimmed'],
    skip: new Set(values.skip),
  };
}

function valuesIn(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        'queue-url': { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        max: { type: 'string', default: '100' },
        skip: { type: 'string', multiple: true, default: [] },
        'drop-trimmed': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new CannotRedrive(usage, { cause });
  }
}

function aws(): Services {
  return {
    sqs: new SQSClient({}),
    // Other readers of a shard take their share of its five pages a second: more patience than three attempts.
    streams: new DynamoDBStreamsClient({ maxAttempts: 6 }),
    lambda: new LambdaClient({}),
    now: () => new Date(),
    pause: async (milliseconds) => void (await pause(milliseconds)),
  };
}

function line({ state, messageId, worker = '-', records, skipped = [], why }: Outcome): string {
  const words = [skipped.length > 0 && `${skipped.length} skipped`, why].filter(Boolean).join('; ');
  return [state, messageId, worker, records ?? '-', words].join('\t').trimEnd();
}

function summary(states: Outcome['state'][]): string {
  const count = (state: Outcome['state']) => states.filter((one) => one === state).length;
  const counts = (['redriven', 'readable', 'dropped', 'left'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `, ${count(state)} ${state}`);
  return `${states.length} messages${counts.join('')}`;
}

if (import.meta.main) process.exitCode = await redrive(process.argv.slice(2));
