import { GetShardIteratorCommand, TrimmedDataAccessException } from '@aws-sdk/client-dynamodb-streams';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { redrive } from '../../../infra/redrive/redrive.ts';
import { aLetter, answering, aScene, place, placesOf, queueUrl, records, secret } from './scene.ts';

let scene: ReturnType<typeof aScene>;

beforeEach(() => {
  scene = aScene();
});

/** The tool in this process. Whatever it prints, nothing of it is from a record. */
async function run(args: string[]) {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((to) =>
    vi.spyOn(process[to], 'write').mockImplementation((text) => {
      printed[to] += text;
      return true;
    }),
  );
  const code = await redrive(args, () => scene.services);
  for (const spy of spies) spy.mockRestore();
  expect(printed.stdout + printed.stderr).not.toContain(secret);
  return { code, ...printed };
}

const inQueue = (...args: string[]) => run(['--queue-url', queueUrl, ...args]);

const deleted = () =>
  scene.sqs.commandCalls(DeleteMessageCommand).map(({ args: [{ input }] }) => input.ReceiptHandle);
/** What was made visible again. */
const released = () =>
  scene.sqs
    .commandCalls(ChangeMessageVisibilityCommand, { QueueUrl: queueUrl, VisibilityTimeout: 0 })
    .map(({ args: [{ input }] }) => input.ReceiptHandle);

const trimmed = new TrimmedDataAccessException({ message: 'trimmed', $metadata: {} });
const refused = Object.assign(new Error('User is not authorized'), { name: 'AccessDeniedException' });

describe('when all was handled', () => {
  test('every message is deleted and has its line, and it ends with 0', async () => {
    scene.queue(aLetter(2, 4), aLetter(5, 5));
    scene.shard([records(2, 6)]);
    // Each range is read from its own place on.
    scene.streams.on(GetShardIteratorCommand, { SequenceNumber: place(5) }).resolves({ ShardIterator: 'i0' });

    const answer = await inQueue();

    expect(answer).toEqual({
      code: 0,
      stdout: 'redriven\tm1\tdev-events:live\t3\nredriven\tm2\tdev-events:live\t1\n2 messages, 2 redriven\n',
      stderr: '',
    });
    expect(scene.batches().map(placesOf)).toEqual([[2, 3, 4], [5]]);
    expect(scene.sqs).toHaveReceivedNthCommandWith(ReceiveMessageCommand, 1, {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 1,
      VisibilityTimeout: 900,
      WaitTimeSeconds: 2,
    });
    expect([deleted(), released()]).toEqual([['r1', 'r2'], []]);
  });

  test('a message is deleted only after its function has answered', async () => {
    scene.queue(aLetter(1, 1));
    scene.shard([records(1, 1)]);
    scene.lambda.on(InvokeCommand).callsFake(async () => {
      expect(deleted()).toEqual([]);
      return answering(null);
    });

    await inQueue();

    expect(deleted()).toEqual(['r1']);
  });

  test('an empty queue ends with 0', async () => {
    expect(await inQueue()).toEqual({ code: 0, stdout: '0 messages\n', stderr: '' });
  });

  test('no more messages are taken than were asked for, and a hint says so', async () => {
    scene.queue(aLetter(1, 1), aLetter(1, 1), aLetter(1, 1));
    scene.shard([records(1, 1)]);

    const { code, stdout, stderr } = await inQueue('--max', '2');

    expect(code).toBe(0);
    expect(stdout).toContain('\n2 messages, 2 redriven\n');
    expect(stderr).toBe('This was the most that --max allows, 2: run again for the rest.\n');
    expect(scene.sqs).toHaveReceivedCommandTimes(ReceiveMessageCommand, 2);
  });
});

describe('when something was not handled', () => {
  test('the message is left with its reason, the others are redriven, and it ends with 1', async () => {
    scene.queue(aLetter(1, 3), aLetter(1, 3));
    scene.shard([records(1, 3)]);
    scene.lambda
      .on(InvokeCommand)
      .resolvesOnce(answering({ batchItemFailures: [{ itemIdentifier: place(2) }] }))
      .resolves(answering({ batchItemFailures: [] }));

    const { code, stdout } = await inQueue();

    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      `left\tm1\tdev-events:live\t3\t1 of 3 records were handled, then ${place(2)} failed; its log has request req-1`,
      'redriven\tm2\tdev-events:live\t3',
      '2 messages, 1 redriven, 1 left',
      '',
    ]);
    expect([deleted(), released()]).toEqual([['r2'], ['r1']]);
  });

  test('a crash of the function leaves the message', async () => {
    scene.queue(aLetter(1, 3));
    scene.shard([records(1, 3)]);
    scene.lambda
      .on(InvokeCommand)
      .resolves(answering({ errorType: 'TypeError', errorMessage: secret }, 'Unhandled'));

    const { code, stdout } = await inQueue();

    expect(code).toBe(1);
    expect(stdout).toContain('0 of 3 records were handled, then the function failed (TypeError)');
    expect([deleted(), released()]).toEqual([[], ['r1']]);
  });

  test('an unknown message is left and named, and nothing is read for it', async () => {
    scene.queue({ email: secret }, `not JSON ${secret}`);

    const { code, stdout } = await inQueue('--drop-trimmed');

    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'left\tm1\t-\t-\tnot what Lambda sends about a DynamoDB stream: requestContext',
      'left\tm2\t-\t-\tnot what Lambda sends about a DynamoDB stream: it is no JSON',
      '2 messages, 2 left',
      '',
    ]);
    expect(scene.streams).not.toHaveReceivedAnyCommand();
    expect([deleted(), released()]).toEqual([[], ['r1', 'r2']]);
  });

  test('what the stream answers is the reason, in one line', async () => {
    scene.queue(aLetter(1, 3));
    const failure = Object.assign(new Error('no such stream\nat all'), { name: 'ResourceNotFoundException' });
    scene.streams.on(GetShardIteratorCommand).rejects(failure);

    const { stdout } = await inQueue();

    expect(stdout).toBe(
      'left\tm1\tdev-events:live\t-\tResourceNotFoundException: no such stream\n1 messages, 1 left\n',
    );
  });

  test('a message that could not be deleted is left, though its records were handled', async () => {
    scene.queue(aLetter(1, 1));
    scene.shard([records(1, 1)]);
    scene.sqs.on(DeleteMessageCommand).rejects(new Error('gone'));

    const { code, stdout } = await inQueue();

    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toBe('left\tm1\tdev-events:live\t1\tError: gone');
  });

  test('a message that comes round again ends the run, and is released as it came last', async () => {
    scene.sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce({ Messages: [{ MessageId: 'm1', ReceiptHandle: 'first', Body: '' }] })
      .resolves({ Messages: [{ MessageId: 'm1', ReceiptHandle: 'second', Body: '' }] });

    const { code, stdout } = await inQueue();

    expect(code).toBe(1);
    expect(stdout).toContain('\n1 messages, 1 left\n');
    expect(released()).toEqual(['second']);
  });

  test('a message that can not be released changes nothing else', async () => {
    scene.queue('', '');
    scene.sqs.on(ChangeMessageVisibilityCommand).rejects(new Error('no longer out of sight'));

    expect(await inQueue()).toMatchObject({ code: 1, stderr: '' });
    expect(released()).toEqual(['r1', 'r2']);
  });
});

describe('when records are older than the stream keeps', () => {
  beforeEach(() => {
    scene.queue(aLetter(1, 3));
    scene.streams.on(GetShardIteratorCommand).rejects(trimmed);
  });

  test('the message is left, and says what to do', async () => {
    const { code, stdout } = await inQueue();

    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toBe(
      'left\tm1\tdev-events:live\t-\tolder than the 24 h that the stream keeps: operations go on by the sweep, events stand in the audit records; delete with --drop-trimmed',
    );
    expect([deleted(), released()]).toEqual([[], ['r1']]);
  });

  test('the message is deleted where that is asked for, and it ends with 0', async () => {
    const { code, stdout } = await inQueue('--drop-trimmed');

    expect(code).toBe(0);
    expect(stdout).toBe(
      'dropped\tm1\tdev-events:live\t-\tolder than the 24 h that the stream keeps\n1 messages, 1 dropped\n',
    );
    expect([deleted(), released()]).toEqual([['r1'], []]);
  });

  test('a dry run deletes nothing, whatever is asked for', async () => {
    expect(await inQueue('--drop-trimmed', '--dry-run')).toMatchObject({ code: 1 });
    expect([deleted(), released()]).toEqual([[], ['r1']]);
  });
});

describe('when records are to be skipped', () => {
  const skipping = (...places: number[]) => inQueue(...places.flatMap((n) => ['--skip', place(n)]));
  const fails = (n: number) => answering({ batchItemFailures: [{ itemIdentifier: place(n) }] });

  beforeEach(() => {
    scene.shard([records(1, 4)]);
  });

  test('the others are handed over, and the message is deleted when these were handled', async () => {
    scene.queue(aLetter(1, 3));
    scene.lambda
      .on(InvokeCommand)
      .callsFake(async () => (scene.batches().flatMap(placesOf).includes(1) ? fails(1) : answering(null)));

    expect(await skipping(1)).toEqual({
      code: 0,
      stdout: 'redriven\tm1\tdev-events:live\t3\t1 skipped\n1 messages, 1 redriven\n',
      stderr: '',
    });
    expect(scene.batches().map(placesOf)).toEqual([[2, 3]]);
    expect(deleted()).toEqual(['r1']);
  });

  test('they are handed over for no message that has them; the line of one without them tells nothing of it', async () => {
    scene.queue(aLetter(1, 3), aLetter(1, 4), aLetter(1, 1));

    const { stdout } = await skipping(2, 4);

    expect(stdout.split('\n')).toEqual([
      'redriven\tm1\tdev-events:live\t3\t1 skipped',
      'redriven\tm2\tdev-events:live\t4\t2 skipped',
      'redriven\tm3\tdev-events:live\t1',
      '3 messages, 3 redriven',
      '',
    ]);
    expect(scene.batches().map(placesOf)).toEqual([[1, 3], [1, 3], [1]]);
  });

  test('a message of nothing else is deleted, and its function is not invoked', async () => {
    scene.queue(aLetter(1, 2));

    expect(await skipping(1, 2)).toMatchObject({
      code: 0,
      stdout: 'redriven\tm1\tdev-events:live\t2\t2 skipped\n1 messages, 1 redriven\n',
    });
    expect(scene.lambda).not.toHaveReceivedAnyCommand();
    expect(deleted()).toEqual(['r1']);
  });

  test('a message of which another record fails is left, with all of its records', async () => {
    scene.queue(aLetter(1, 3));
    scene.lambda.on(InvokeCommand).resolves(fails(3));

    const { code, stdout } = await skipping(1);

    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toBe(
      `left\tm1\tdev-events:live\t3\t1 skipped; 1 of 2 records were handled, then ${place(3)} failed; its log has request req-1`,
    );
    expect([deleted(), released()]).toEqual([[], ['r1']]);
  });

  test('a dry run counts them', async () => {
    scene.queue(aLetter(1, 3));

    expect(await inQueue('--dry-run', '--skip', place(2))).toEqual({
      code: 0,
      stdout: 'readable\tm1\tdev-events:live\t3\t1 skipped\n1 messages, 1 readable\n',
      stderr: '',
    });
    expect([deleted(), released()]).toEqual([[], ['r1']]);
  });

  test('those that no message has are told at the end, once, and change nothing else', async () => {
    scene.queue(aLetter(1, 2));

    expect(await skipping(3, 1, 5, 3)).toEqual({
      code: 0,
      stdout: 'redriven\tm1\tdev-events:live\t2\t1 skipped\n1 messages, 1 redriven\n',
      stderr: [3, 5].map((n) => `--skip ${place(n)}: no message that was read has this record.\n`).join(''),
    });
    expect(scene.batches().map(placesOf)).toEqual([[2]]);
  });
});

test('a dry run reads and counts, invokes and deletes nothing, and leaves all in sight', async () => {
  scene.queue(aLetter(1, 3), aLetter(1, 3));
  scene.shard([records(1, 3)]);

  const answer = await inQueue('--dry-run');

  expect(answer).toEqual({
    code: 0,
    stdout: 'readable\tm1\tdev-events:live\t3\nreadable\tm2\tdev-events:live\t3\n2 messages, 2 readable\n',
    stderr: '',
  });
  expect(scene.lambda).not.toHaveReceivedAnyCommand();
  expect([deleted(), released()]).toEqual([[], ['r1', 'r2']]);
});

describe('what can not be done at all ends with 2 and one line', () => {
  test.each<[string, string[], RegExp]>([
    ['no queue is named', [], /^Which queue\? Usage: npm run redrive/],
    ['an option is unknown', ['--queue-url', queueUrl, '--all'], /^Usage: npm run redrive/],
    ['something is left over', ['--queue-url', queueUrl, 'x'], /^Usage: npm run redrive/],
    ['the queue is no URL', ['--queue-url', 'given-up'], /^--queue-url takes the URL of a queue/],
    ['the most is none', ['--queue-url', queueUrl, '--max', '0'], /^--max takes a whole number above 0/],
    ['the most is no number', ['--queue-url', queueUrl, '--max', 'all'], /^--max takes a whole number/],
    [
      'what to skip is no number',
      ['--queue-url', queueUrl, '--skip', 'e1'],
      /^--skip takes a sequence number/,
    ],
    [
      'one of those to skip is no number',
      ['--queue-url', queueUrl, '--skip', place(1), '--skip', ''],
      /^--skip takes a sequence number/,
    ],
    ['the most is a part', ['--queue-url', queueUrl, '--max', '1.5'], /^--max takes a whole number/],
  ])('when %s', async (_, args, line) => {
    const { code, stdout, stderr } = await run(args);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(scene.sqs).not.toHaveReceivedAnyCommand();
  });

  test('when there is no such queue', async () => {
    scene.sqs
      .on(ReceiveMessageCommand)
      .rejects(new QueueDoesNotExist({ message: 'no queue', $metadata: {} }));

    expect(await inQueue()).toEqual({
      code: 2,
      stdout: '',
      stderr: `Can't redrive ${queueUrl}: QueueDoesNotExist: no queue\n`,
    });
  });

  test('when nothing answers: a refused connection has only a code', async () => {
    const nothing = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    scene.sqs.on(ReceiveMessageCommand).rejects(nothing);

    expect(await inQueue()).toEqual({
      code: 2,
      stdout: '',
      stderr: `Can't redrive ${queueUrl}: AggregateError: ECONNREFUSED\n`,
    });
  });

  test.each<[string, () => unknown]>([
    ['receive', () => scene.sqs.on(ReceiveMessageCommand).rejects(refused)],
    ['read the stream', () => scene.streams.on(GetShardIteratorCommand).rejects(refused)],
    ['invoke the function', () => scene.lambda.on(InvokeCommand).rejects(refused)],
    ['delete', () => scene.sqs.on(DeleteMessageCommand).rejects(refused)],
  ])('when there is no right to %s: what was received is in sight again', async (right, refuse) => {
    scene.queue(aLetter(1, 3), aLetter(1, 3));
    scene.shard([records(1, 3)]);
    refuse();

    expect(await inQueue()).toEqual({
      code: 2,
      stdout: '',
      stderr: `Can't redrive ${queueUrl}: AccessDeniedException: User is not authorized\n`,
    });
    expect(released()).toEqual(right === 'receive' ? [] : ['r1']);
  });
});

test('help tells the options, the states and the exit codes', async () => {
  const { code, stdout } = await run(['--help']);

  expect(code).toBe(0);
  for (const told of [
    '--dry-run',
    '--max',
    '--skip SEQUENCE',
    '--drop-trimmed',
    'redriven, readable',
    'Ends with 0',
  ])
    expect(stdout).toContain(told);
});
