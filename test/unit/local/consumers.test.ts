import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { type Feeding, feed } from '../../../infra/local/consumers.ts';

const record = (n: number): DynamoDBRecord => ({
  eventID: String(n),
  dynamodb: { SequenceNumber: String(n) },
});
const idOf = ({ eventID }: DynamoDBRecord) => Number(eventID);
const even = { name: 'even', isFor: (one: DynamoDBRecord) => idOf(one) % 2 === 0 };
const big = { name: 'big', isFor: (one: DynamoDBRecord) => idOf(one) > 2 };

/** Feeds both consumers and remembers what each was given, and how far all were. */
async function fed(ids: number[], invoke: Feeding['invoke'] = async () => undefined) {
  const given: [string, number[]][] = [];
  const handled: number[] = [];
  const dead: [string, number][] = [];
  await feed([even, big], ids.map(record), {
    invoke: async (name, records) => {
      given.push([name, records.map(idOf)]);
      return invoke(name, records);
    },
    storageFailures: () => 0,
    handled: async (one) => void handled.push(idOf(one)),
    deadLetter: async (name, one) => void dead.push([name, idOf(one)]),
    pause: async () => undefined,
  });
  return { given, handled, dead };
}

test('each function is given its part of a batch, in order', async () => {
  const { given, handled } = await fed([1, 2, 3, 4]);

  expect(given).toEqual([
    ['even', [2, 4]],
    ['big', [3, 4]],
  ]);
  expect(handled.at(-1)).toBe(4);
});

test('a function with nothing in a batch is not called, and the batch is handled all the same', async () => {
  const { given, handled } = await fed([1]);

  expect(given).toEqual([]);
  expect(handled).toEqual([1]);
});

test('what one function fails on comes again to it alone', async () => {
  let failures = 2;
  const { given } = await fed([2, 3, 4], async (name) =>
    name === 'big' && failures-- > 0 ? { batchItemFailures: [{ itemIdentifier: '4' }] } : undefined,
  );

  expect(given).toEqual([
    ['even', [2, 4]],
    ['big', [3, 4]],
    ['big', [4]],
    ['big', [4]],
  ]);
});

test('a record is behind all only when every function is done with it, and behind again never', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const feeding = fed([2, 3, 4, 6], async (name) => {
    if (name === 'even') await held;
    return name === 'big' ? { batchItemFailures: [] } : undefined;
  });
  release();

  const { handled } = await feeding;

  expect(handled).toEqual([...handled].sort());
  expect(handled.at(-1)).toBe(6);
});

test('a dead letter says which function could not handle it', async () => {
  const { dead, handled } = await fed([3, 4], async (name) => {
    if (name === 'big') throw new Error('as asked');
  });

  expect(dead).toEqual([
    ['big', 3],
    ['big', 4],
  ]);
  expect(handled.at(-1)).toBe(4);
});
