import type { DynamoDBRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { feed } from '../../../infra/local/consumers.ts';

const record = (n: number): DynamoDBRecord => ({ eventID: String(n) });
const idsOf = (records: readonly DynamoDBRecord[]) => records.map(({ eventID }) => Number(eventID));
const even = { name: 'even', isFor: ({ eventID }: DynamoDBRecord) => Number(eventID) % 2 === 0 };
const big = { name: 'big', isFor: ({ eventID }: DynamoDBRecord) => Number(eventID) > 2 };

test('each function is given its part of a batch, in order', async () => {
  const given: Record<string, number[]> = {};

  const response = await feed([even, big], [1, 2, 3, 4].map(record), async (name, records) => {
    given[name] = idsOf(records);
  });

  expect(given).toEqual({ even: [2, 4], big: [3, 4] });
  expect(response).toEqual({ batchItemFailures: [] });
});

test('a function with nothing in a batch is not called', async () => {
  const called: string[] = [];

  await feed([even, big], [record(1)], async (name) => called.push(name));

  expect(called).toEqual([]);
});

test('what any of them failed on is answered', async () => {
  const response = await feed([even, big], [2, 3].map(record), async (name) => ({
    batchItemFailures: [{ itemIdentifier: `of ${name}` }],
  }));

  expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'of even' }, { itemIdentifier: 'of big' }]);
});

test('one that throws fails the batch', async () => {
  const throwing = async (name: string) => {
    if (name === 'big') throw new Error('as asked');
    return { batchItemFailures: [] };
  };

  await expect(feed([even, big], [record(4)], throwing)).rejects.toThrow('as asked');
});
