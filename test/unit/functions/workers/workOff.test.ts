import { marshall } from '@aws-sdk/util-dynamodb';
import type { Context, DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Attempt, Environment } from '../../../../functions/http/environment.ts';
import { publish } from '../../../../functions/metrics/publish.ts';
import { type StreamWorker, workOff } from '../../../../functions/workers/workOff.ts';
import { aWorld } from '../../../support/context.ts';
import { aMockTable } from '../../../support/mockTable.ts';

vi.mock(import('../../../../functions/metrics/publish.ts'), async (original) => ({
  ...(await original()),
  publish: vi.fn(),
}));

const { clock, ...world } = aWorld({ table: aMockTable().table });
const environment: Environment = { ...world, now: clock.now, random: () => 0.5, sleep: async () => {} };
// What a worker asks of Lambda.
const lambda = { getRemainingTimeInMillis: () => 30_000 } as Context;

const record = (n: number, sk = `evt_${n}`): DynamoDBRecord => {
  const keys = { pk: 'ORG#org_1#EVENTS', sk };
  const image = (item: Record<string, unknown>) =>
    marshall(item) as NonNullable<DynamoDBRecord['dynamodb']>['Keys'];
  return {
    eventName: 'INSERT',
    dynamodb: { Keys: image(keys), NewImage: image({ ...keys, n }), SequenceNumber: `s${n}` },
  };
};

const parse = (item: unknown): number => {
  const { n } = item as { n: number };
  if (n < 0) throw new Error('unreadable');
  return n;
};

/** What began, what was worked off, and from where on a batch comes again; `poison` can't be worked off. */
async function workedOff(records: DynamoDBRecord[], poison?: number) {
  const [begun, done]: number[][] = [[], []];
  const worker: StreamWorker<number> = {
    name: 'events',
    parse,
    async begin(all) {
      begun?.push(...all);
      return async (n) => {
        if (n === poison) throw new Error('as asked');
        done?.push(n);
      };
    },
  };
  const { batchItemFailures } = await workOff(worker, environment, { Records: records }, lambda);
  return { begun, done, failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
}

describe('a batch', () => {
  test('is worked off in order', async () => {
    expect(await workedOff([record(1), record(2), record(3)])).toEqual({
      begun: [1, 2, 3],
      done: [1, 2, 3],
      failed: [],
    });
  });

  test('ends at the first record that failed: it and all behind it come again', async () => {
    expect(await workedOff([record(1), record(2), record(3)], 2)).toEqual({
      begun: [1, 2, 3],
      done: [1],
      failed: ['s2'],
    });
  });

  test('may hold what the worker is not subscribed to', async () => {
    expect(await workedOff([record(1, 'WORKSPACE#wsp_1'), record(2)])).toEqual({
      begun: [2],
      done: [2],
      failed: [],
    });
  });
});

test('nothing behind a record that can not be read is begun', async () => {
  expect(await workedOff([record(1), record(-2), record(3)])).toEqual({
    begun: [1],
    done: [1],
    failed: ['s-2'],
  });
});

describe('a batch that is worked off side by side', () => {
  /** What was done when the batch had been answered, and from where on it comes again; `slow` waits for all others. */
  async function sideBySide(records: DynamoDBRecord[], { slow, poison = [] as number[] } = {} as Odd) {
    const done: number[] = [];
    const others = Promise.withResolvers<void>();
    const worker: StreamWorker<number> = {
      name: 'events',
      parse,
      isSideBySide: true,
      begin: async (all) => async (n) => {
        if (n === slow) await others.promise;
        if (poison.includes(n)) throw new Error('as asked');
        done.push(n);
        if (done.length === all.length - 1) others.resolve();
      },
    };
    const { batchItemFailures } = await workOff(worker, environment, { Records: records }, lambda);
    return { done, failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
  }
  type Odd = { slow?: number; poison?: number[] };

  test('holds up nobody for one that is slow', async () => {
    expect(await sideBySide([record(1), record(2), record(3)], { slow: 1 })).toEqual({
      done: [2, 3, 1],
      failed: [],
    });
  });

  test('comes again from the first that failed, in the order written, when all others are done', async () => {
    expect(
      await sideBySide(
        [1, 2, 3, 4].map((n) => record(n)),
        { poison: [3, 2] },
      ),
    ).toEqual({
      done: [1, 4],
      failed: ['s2'],
    });
  });

  test('holds up nobody for one that can not be read', async () => {
    expect(await sideBySide([record(1), record(-2), record(3)])).toEqual({ done: [1, 3], failed: ['s-2'] });
  });
});

describe('the metrics of a batch', () => {
  beforeEach(() => vi.mocked(publish).mockClear());

  test('say how many records there were, and none that failed', async () => {
    await workedOff([record(1), record(2)]);

    expect(publish).toHaveBeenCalledExactlyOnceWith('sendEvents', { Requests: 2, Latency: 0 });
  });

  test('say that one failed', async () => {
    await workedOff([record(1), record(2), record(3)], 2);

    expect(publish).toHaveBeenCalledExactlyOnceWith('sendEvents', {
      Requests: 3,
      Latency: 0,
      FailedRecords: 1,
    });
  });
});

test('each record has a time of its own', async () => {
  const deadlines: number[] = [];
  const remaining = [60_000, 5_000];
  const context = { getRemainingTimeInMillis: () => remaining.shift() ?? 0 } as Context;

  const begin = async () => async (_: number, attempt: Attempt) => {
    deadlines.push(attempt.deadline - clock.now().getTime());
  };
  const records = [record(1), record(2)];
  await workOff({ name: 'events', parse, begin }, environment, { Records: records }, context);

  // At most 20 s, and a second less than Lambda leaves.
  expect(deadlines).toEqual([20_000, 4_000]);
});
