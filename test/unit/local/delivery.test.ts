import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { type Delivery, deliver } from '../../../infra/local/delivery.ts';

const records = (count: number): DynamoDBRecord[] =>
  Array.from({ length: count }, (_, n) => ({ dynamodb: { SequenceNumber: String(n) } }));

const numberOf = (record: DynamoDBRecord) => record.dynamodb?.SequenceNumber ?? '';

/** Remembers everything that a delivery does, in order. */
function aDelivery(handler: (numbers: string[]) => unknown) {
  const batches: string[][] = [];
  const handled: string[] = [];
  const dead: string[] = [];
  const pauses: number[] = [];
  const delivery: Delivery = {
    async invoke(batch) {
      batches.push(batch.map(numberOf));
      return handler(batch.map(numberOf));
    },
    handled: async (record) => void handled.push(numberOf(record)),
    deadLetter: async (record) => void dead.push(numberOf(record)),
    pause: async (milliseconds) => void pauses.push(milliseconds),
  };
  return { delivery, batches, handled, dead, pauses };
}

const failing = (...numbers: string[]) => ({
  batchItemFailures: numbers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('a batch', () => {
  test.each([undefined, null, {}, failing()])('is done when the handler answers %j', async (answer) => {
    const seen = aDelivery(() => answer);

    await deliver(records(3), seen.delivery);

    expect(seen).toMatchObject({ batches: [['0', '1', '2']], handled: ['2'], dead: [] });
  });

  test('is tried again from the first failed record on', async () => {
    let calls = 0;
    const seen = aDelivery(() => (calls++ === 0 ? failing('2', '1') : failing()));

    await deliver(records(4), seen.delivery);

    expect(seen.batches).toEqual([
      ['0', '1', '2', '3'],
      ['1', '2', '3'],
    ]);
    expect(seen.handled).toEqual(['0', '3']);
  });

  test('that throws is bisected until the bad record stands alone, and the rest is handled', async () => {
    const seen = aDelivery((numbers) => {
      if (numbers.includes('5')) throw new Error('poison');
    });

    await deliver(records(8), seen.delivery);

    expect(seen.dead).toEqual(['5']);
    expect(seen.handled.at(-1)).toBe('7');
    expect(seen.batches.filter((batch) => batch.join() === '5')).toHaveLength(6);
  });

  test('that reports a failure of something else is bisected: nobody knows which record it was', async () => {
    const seen = aDelivery((numbers) => (numbers.includes('1') ? failing('not of this batch') : undefined));

    await deliver(records(3), seen.delivery);

    expect(seen.dead).toEqual(['1']);
    expect(seen.handled).toEqual(['0', '1', '2']);
  });

  test.each([[failing('not of this batch')], [{ batchItemFailures: 'nonsense' }]])(
    'fails as a whole when the handler answers %j',
    async (answer) => {
      const seen = aDelivery(() => answer);

      await deliver(records(1), seen.delivery);

      expect(seen).toMatchObject({ dead: ['0'], handled: ['0'] });
    },
  );
});

describe('a record that keeps failing', () => {
  test('is put aside after five retries with growing pauses, and does not hold up the next', async () => {
    const seen = aDelivery((numbers) => (numbers[0] === '0' ? failing('0') : failing()));

    await deliver(records(2), seen.delivery);

    expect(seen.pauses).toEqual([50, 100, 200, 400, 800]);
    expect(seen.dead).toEqual(['0']);
    expect(seen.handled).toEqual(['0', '1']);
  });

  test('leaves the next record all of its own retries', async () => {
    const seen = aDelivery((numbers) => failing(...numbers));

    await deliver(records(2), seen.delivery);

    expect(seen.dead).toEqual(['0', '1']);
    expect(seen.pauses).toHaveLength(10);
  });

  test('is counted alone: retries of the record before it are not held against it', async () => {
    const failuresLeft = new Map([
      ['0', 4],
      ['1', 4],
    ]);
    const seen = aDelivery((numbers) => {
      const bad = numbers.find((number) => (failuresLeft.get(number) ?? 0) > 0);
      if (bad === undefined) return undefined;
      failuresLeft.set(bad, (failuresLeft.get(bad) ?? 0) - 1);
      return failing(bad);
    });

    await deliver(records(2), seen.delivery);

    expect(seen.dead).toEqual([]);
    expect(seen.handled).toEqual(['0', '1']);
  });
});
