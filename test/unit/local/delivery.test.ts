import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { type Delivery, deliver } from '../../../infra/local/delivery.ts';

const records = (count: number): DynamoDBRecord[] =>
  Array.from({ length: count }, (_, n) => ({ dynamodb: { SequenceNumber: String(n) } }));

const numberOf = (record: DynamoDBRecord) => record.dynamodb?.SequenceNumber ?? '';

/** Remembers everything that a delivery does, in order. */
function aDelivery(handler: (numbers: string[]) => unknown, storageFailures = () => 0) {
  const batches: string[][] = [];
  const handled: string[] = [];
  const dead: string[] = [];
  const pauses: number[] = [];
  const delivery: Delivery = {
    async invoke(batch) {
      batches.push(batch.map(numberOf));
      return handler(batch.map(numberOf));
    },
    storageFailures,
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
    expect(seen.batches.filter((batch) => batch.join() === '5')).toHaveLength(8);
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
  test('is put aside after seven retries with growing pauses, and does not hold up the next', async () => {
    const seen = aDelivery((numbers) => (numbers[0] === '0' ? failing('0') : failing()));

    await deliver(records(2), seen.delivery);

    expect(seen.pauses).toEqual([50, 100, 200, 400, 800, 1_600, 3_000]);
    expect(seen.dead).toEqual(['0']);
    expect(seen.handled).toEqual(['0', '1']);
  });

  test('leaves the next record all of its own retries', async () => {
    const seen = aDelivery((numbers) => failing(...numbers));

    await deliver(records(2), seen.delivery);

    expect(seen.dead).toEqual(['0', '1']);
    expect(seen.pauses).toHaveLength(14);
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

describe('while the storage is away', () => {
  /** Fails `count` times because of the storage, then as `after` says. */
  function failingStorage(count: number, after: (numbers: string[]) => unknown = () => failing()) {
    let failures = 0;
    const fail = (numbers: string[]) => {
      failures += 1;
      if (failures % 2 === 0) throw new Error('connection refused');
      return failing(...numbers);
    };
    return aDelivery(
      (numbers) => (failures < count ? fail(numbers) : after(numbers)),
      () => failures,
    );
  }

  test('a record is tried again for as long as it takes, whole and in order, and never put aside', async () => {
    const seen = failingStorage(500);

    await deliver(records(3), seen.delivery);

    expect(seen.dead).toEqual([]);
    expect(seen.handled).toEqual(['2']);
    expect(new Set(seen.batches.map((batch) => batch.join()))).toEqual(new Set(['0,1,2']));
    expect(seen.pauses).toHaveLength(500);
  });

  test('pauses grow to three seconds and no further', async () => {
    const seen = failingStorage(9);

    await deliver(records(1), seen.delivery);

    expect(seen.pauses).toEqual([50, 100, 200, 400, 800, 1_600, 3_000, 3_000, 3_000]);
  });

  test('failures are not held against a record that fails for its own reasons later', async () => {
    const seen = failingStorage(20, () => failing('0'));

    await deliver(records(1), seen.delivery);

    expect(seen.batches).toHaveLength(20 + 8);
    expect(seen.dead).toEqual(['0']);
  });
});
