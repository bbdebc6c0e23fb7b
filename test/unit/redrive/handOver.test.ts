import { InvokeCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import type { DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { Left } from '../../../infra/redrive/deadLetter.ts';
import { handOver } from '../../../infra/redrive/handOver.ts';
import { answering, aScene, functionArn, place, placesOf, secret } from './scene.ts';

let scene: ReturnType<typeof aScene>;

beforeEach(() => {
  scene = aScene();
});

const sent = (count: number, padding = ''): DynamoDBRecord[] =>
  Array.from({ length: count }, (_, n) => ({
    eventID: `e${n + 1}${padding}`,
    dynamodb: { SequenceNumber: place(n + 1) },
  }));
const give = (records: DynamoDBRecord[]) => handOver(scene.services.lambda, functionArn, records);
const failing = (...itemIdentifiers: unknown[]) =>
  answering({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) });

describe('what is handed over', () => {
  test('goes to the function of the message, which is waited for, in the form of an event', async () => {
    await give(sent(2));

    expect(scene.lambda).toHaveReceivedCommandExactlyOnceWith(InvokeCommand, {
      FunctionName: functionArn,
      InvocationType: 'RequestResponse',
      Payload: JSON.stringify({ Records: sent(2) }),
    });
  });

  test('goes in order, five records at a time', async () => {
    await give(sent(11));

    expect(scene.batches().map((batch) => batch.length)).toEqual([5, 5, 1]);
    expect(scene.batches().flat()).toEqual(sent(11));
  });

  test('goes in requests well below what Lambda takes, a record that is larger alone', async () => {
    await give(sent(5, 'x'.repeat(1_100_000)));

    expect(scene.batches().map((batch) => batch.length)).toEqual([2, 2, 1]);
    await give(sent(2, 'x'.repeat(3_100_000)));
    expect(scene.batches().map((batch) => batch.length)).toEqual([2, 2, 1, 1, 1]);
  });

  test.each([null, {}, { batchItemFailures: null }, { batchItemFailures: [] }])(
    'is handled when the function answers %j',
    async (answer) => {
      scene.lambda.on(InvokeCommand).resolves(answering(answer));

      await give(sent(2));
    },
  );

  test('is handled when the function answers nothing', async () => {
    scene.lambda.on(InvokeCommand).resolves({ StatusCode: 200 });

    await give(sent(2));
  });
});

const all = [1, 2, 3].map((n) => place(n)).join(', ');

describe('what fails', () => {
  test('begins at the first record that was reported; what is before it is done, what is after it waits', async () => {
    scene.lambda
      .on(InvokeCommand)
      .resolvesOnce(answering({ batchItemFailures: [] }))
      .resolvesOnce(failing(place(10), place(8)));

    await expect(give(sent(15))).rejects.toThrow(
      new Left(`7 of 15 records were handled, then ${place(8)} failed; its log has request req-1`),
    );
    expect(scene.batches().map(placesOf)).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10],
    ]);
  });

  test.each([
    ['reported a record that it was not given', failing(place(2), place(99))],
    ['reported a record that it was not given', failing('')],
    ['answered what no mapping understands', failing(null)],
    ['answered what no mapping understands', answering({ batchItemFailures: [{ id: place(1) }] })],
    ['answered what no mapping understands', answering('done')],
    [`failed (Unhandled) on one of ${all}`, answering(null, 'Unhandled')],
    [`failed (Sandbox.Timedout) on one of ${all}`, answering({ errorType: 'Sandbox.Timedout' }, 'Unhandled')],
  ])('is all of the batch when the function %s', async (why, answer) => {
    scene.lambda.on(InvokeCommand).resolves(answer);

    await expect(give(sent(3))).rejects.toThrow(
      new Left(`0 of 3 records were handled, then the function ${why}; its log has request req-1`),
    );
    expect(scene.lambda).toHaveReceivedCommandTimes(InvokeCommand, 1);
  });

  test.each([
    { errorType: 'TypeError', errorMessage: `no ${secret}`, trace: [secret] },
    { errorType: secret, errorMessage: secret },
  ])('is told without what the function said of it', async (crash) => {
    scene.lambda.on(InvokeCommand).resolves(answering(crash, 'Unhandled'));

    const failure: unknown = await give(sent(1)).catch((error: unknown) => error);

    expect(String(failure)).toMatch(/the function failed \((TypeError|Unhandled)\) on one of \d+/);
    expect(String(failure)).not.toContain(secret);
  });

  test('is the rest when the function is not reached', async () => {
    const cause = new TooManyRequestsException({ message: secret, $metadata: {} });
    scene.lambda
      .on(InvokeCommand)
      .resolvesOnce(answering({ batchItemFailures: [] }))
      .rejectsOnce(cause);

    const failure: unknown = await give(sent(15)).catch((error: unknown) => error);

    expect(failure).toEqual(
      new Left('5 of 15 records were handled, then the function was not reached: TooManyRequestsException'),
    );
    expect(failure).toHaveProperty('cause', cause);
    expect(scene.lambda).toHaveReceivedCommandTimes(InvokeCommand, 2);
  });
});
