import { QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Item } from '../../../../domain/table/client.ts';
import { type Page, type PageInput, pageOf, pageQuery, type Source } from '../../../../domain/table/page.ts';
import { aContext, aWorld } from '../../../support/context.ts';
import { alice, aMockTable } from '../../../support/mockTable.ts';

type Lists = Record<string, string[]>;

/** A table whose partitions hold items by these sort keys, queried as DynamoDB does. */
function aTableOf(partitions: Lists) {
  const { table, mock } = aMockTable();
  mock.on(QueryCommand).callsFake((input: QueryCommandInput) => {
    const pk = String(input.ExpressionAttributeValues?.[':p']);
    const after = input.ExclusiveStartKey?.sk;
    const ordered = [...(partitions[pk] ?? [])].sort();
    if (input.ScanIndexForward === false) ordered.reverse();
    const behind = (sk: string) =>
      after === undefined || (input.ScanIndexForward === false ? sk < after : sk > after);
    const rest = ordered.filter(behind);
    const read = rest.slice(0, input.Limit);
    const Items = read.map((sk) => ({ pk, sk }));
    // DynamoDB gives a key whenever the limit was reached, also when nothing follows.
    return { Items, ...(read.length === input.Limit && { LastEvaluatedKey: Items.at(-1) }) };
  });
  return { ctx: aContext(aWorld({ table }), alice), mock, partitions };
}

function source(partition: string, own: Partial<Source<string>> = {}): Source<string> {
  return { partition, resolve: (items: Item[]) => items.map(({ sk }) => sk), ...own };
}

async function walk(
  page: (input: PageInput) => Promise<Page<string>>,
  limit: number,
  between: () => void = () => undefined,
): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page({ limit, cursor });
    pages.push(items);
    cursor = nextCursor ?? undefined;
    between();
  } while (cursor !== undefined && pages.length < 100);
  return pages;
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('a walk', () => {
  test.each([
    [1, [['a'], ['b'], ['c'], ['d'], ['e'], ['f']]],
    [
      2,
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
    ],
    [
      4,
      [
        ['a', 'b', 'c', 'd'],
        ['e', 'f'],
      ],
    ],
    [6, [letters]],
    [7, [letters]],
  ])('in pages of %i gives everything once and ends without an empty page', async (limit, pages) => {
    const { ctx } = aTableOf({ P: letters });

    expect(await walk((page) => pageOf(ctx, ['list'], page, source('P')), limit)).toEqual(pages);
  });

  test('goes newest first when asked', async () => {
    const { ctx } = aTableOf({ P: letters });
    const newest = source('P', { newestFirst: true });

    expect(await walk((page) => pageOf(ctx, ['list'], page, newest), 4)).toEqual([
      ['f', 'e', 'd', 'c'],
      ['b', 'a'],
    ]);
  });

  test('goes from one partition to the next, over empty ones too', async () => {
    const { ctx } = aTableOf({ P: ['a', 'b', 'c'], R: ['d'], S: ['e', 'f'] });
    const sources = ['P', 'Q', 'R', 'S'].map((partition) => source(partition));

    expect(await walk((page) => pageOf(ctx, ['list'], page, ...sources), 2)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
    ]);
  });

  test('of nothing is one empty page', async () => {
    const { ctx } = aTableOf({});

    expect(await pageOf(ctx, ['list'], { limit: 10 }, source('P'))).toEqual({ items: [], nextCursor: null });
  });

  test('leaves out what is not shown and still finds the rest', async () => {
    const { ctx } = aTableOf({ P: letters });
    const vowels = source('P', {
      resolve: (items) => items.map(({ sk }) => (['a', 'e'].includes(sk) ? sk : undefined)),
    });

    const pages = await walk((page) => pageOf(ctx, ['list'], page, vowels), 2);

    expect(pages.flat()).toEqual(['a', 'e']);
  });

  test('gives what stands throughout once, while the last that was given is deleted and others come', async () => {
    const { ctx, partitions } = aTableOf({ P: letters });
    const changes = [
      ['a', 'aa', 'c', 'd', 'e', 'f'],
      ['a', 'aa', 'c', 'e', 'f', 'g'],
    ];
    const change = () => {
      partitions.P = changes.shift() ?? partitions.P ?? [];
    };

    const pages = await walk((page) => pageOf(ctx, ['list'], page, source('P')), 2, change);

    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e', 'f'], ['g']]);
  });
});

describe('a filtered list', () => {
  const many = Array.from({ length: 2_500 }, (_, n) => String(n).padStart(4, '0'));

  test('answers with a short page after a thousand items, and the walk goes on', async () => {
    const { ctx, mock } = aTableOf({ P: many });
    const last = source('P', {
      sparse: true,
      resolve: (items) => items.map(({ sk }) => (sk === '2400' ? sk : undefined)),
    });

    const pages = await walk((page) => pageOf(ctx, ['list'], page, last), 50);

    expect(pages).toEqual([[], [], ['2400']]);
    expect(mock).toHaveReceivedCommandTimes(QueryCommand, 26);
  });

  test('goes on behind the last item that was given, not behind what was read ahead', async () => {
    const { ctx } = aTableOf({ P: many });
    const all = source('P', { sparse: true });

    const pages = await walk((page) => pageOf(ctx, ['list'], page, all), 30);

    expect(pages.flat()).toEqual(many);
    expect(new Set(pages.slice(0, -1).map((page) => page.length))).toEqual(new Set([30]));
  });
});

test('on the index a walk goes on by all four keys', async () => {
  const { table, mock } = aMockTable();
  const ctx = aContext(aWorld({ table }), alice);
  const item = (n: number) => ({ pk: 'P', sk: `S${n}`, gsi1pk: 'G', gsi1sk: `H${n}`, role: 'admin' });
  mock.on(QueryCommand).resolves({ Items: [item(1), item(2)], LastEvaluatedKey: item(2) });
  const onIndex = source('G', { onIndex: true });

  const { nextCursor } = await pageOf(ctx, ['list'], { limit: 1 }, onIndex);
  await pageOf(ctx, ['list'], { limit: 1, cursor: nextCursor ?? '' }, onIndex);

  expect(mock).toHaveReceivedLastCommandWith(QueryCommand, {
    IndexName: 'gsi1',
    ConsistentRead: false,
    ExclusiveStartKey: { pk: 'P', sk: 'S1', gsi1pk: 'G', gsi1sk: 'H1' },
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': 'gsi1pk' },
    ExpressionAttributeValues: { ':p': 'G' },
    Limit: 2,
  });
});

describe('the limit of a page', () => {
  const query = z.strictObject(pageQuery);

  test('is 50 unless it is given', () => {
    expect(query.parse({})).toEqual({ limit: 50 });
  });

  test.each(['1', '100'])('may be %s', (limit) => {
    expect(query.parse({ limit }).limit).toBe(Number(limit));
  });

  test.each(['0', '101', '-1', '1.5', 'ten', ''])('may not be %j', (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false);
  });
});
