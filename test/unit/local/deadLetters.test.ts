import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDeadLetters } from '../../../infra/local/deadLetters.ts';
import { appendLine } from '../../../infra/local/files.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'letters-'));
  path = join(directory, 'dead-letters.jsonl');
});
afterEach(() => rm(directory, { recursive: true }));

const record = (number: string): DynamoDBRecord => ({ dynamodb: { SequenceNumber: number } });
const numbersIn = (records: readonly DynamoDBRecord[]) =>
  records.map(({ dynamodb }) => dynamodb?.SequenceNumber ?? '');
const consumers = [
  { name: 'mails', isFor: () => true },
  { name: 'events', isFor: (one: DynamoDBRecord) => numbersIn([one])[0] !== 'for mails alone' },
];
const kept = async () =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .flatMap((line) => (line === '' ? [] : numbersIn([JSON.parse(line).record])));

/** Letters whose consumers cannot handle what is listed, and who was given what. */
function letters(bad: string[] = []) {
  const given: [string, string[]][] = [];
  const opened = openDeadLetters({
    path,
    consumers,
    invoke: async (name, records) => {
      given.push([name, numbersIn(records)]);
      const failed = numbersIn(records).filter((number) => bad.includes(number));
      if (failed.includes('thrower')) throw new Error('as asked');
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    },
    log: () => undefined,
  });
  return { ...opened, given };
}

test('a letter is given again to the consumer that could not handle it, and is gone when it can', async () => {
  const { add, deliverAgain, given } = letters();
  await add('events', record('1'));
  await add('mails', record('2'));

  await deliverAgain();

  expect(given).toEqual([
    ['events', ['1']],
    ['mails', ['2']],
  ]);
  expect(await kept()).toEqual([]);
});

test('a letter that still can not be handled stays, and holds up no other', async () => {
  const { add, deliverAgain } = letters(['1', 'thrower']);
  for (const number of ['1', 'thrower', '3']) await add('mails', record(number));

  await deliverAgain();

  expect(await kept()).toEqual(['1', 'thrower']);
});

test('a letter that was put aside during the delivery stays', async () => {
  const opened = letters();
  await opened.add('mails', record('1'));

  await Promise.all([opened.deliverAgain(), opened.add('mails', record('1'))]);
  await opened.add('mails', record('2'));

  expect(await kept()).toContain('2');
});

test('a letter without a consumer, or of one that is no more, goes to all that are subscribed to it', async () => {
  await appendLine(path, { at: 'long ago', record: record('for mails alone') });
  await appendLine(path, { at: 'long ago', consumer: 'gone', record: record('1') });
  const { deliverAgain, given } = letters();

  await deliverAgain();

  expect(given).toEqual([
    ['mails', ['for mails alone']],
    ['mails', ['1']],
    ['events', ['1']],
  ]);
  expect(await kept()).toEqual([]);
});

test('a line that is JSON but no letter stays as it is, and holds up no letter behind it', async () => {
  for (const line of [{ note: 'not a letter' }, null, 7]) await appendLine(path, line);
  const { add, deliverAgain, given } = letters();
  await add('mails', record('1'));

  await deliverAgain();

  expect(given).toEqual([['mails', ['1']]]);
  expect(await readFile(path, 'utf8')).toBe('{"note":"not a letter"}\nnull\n7\n');
});

test('a delivery that is asked for during another gives no letter twice, and a later one begins anew', async () => {
  const { add, deliverAgain, given } = letters(['1']);
  await add('mails', record('1'));

  await Promise.all([deliverAgain(), deliverAgain()]);
  await deliverAgain();

  expect(given).toEqual([
    ['mails', ['1']],
    ['mails', ['1']],
  ]);
});
