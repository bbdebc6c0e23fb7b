import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { type Item, type Position, type Query, query } from './client.ts';
import { type ListOf, openCursor, sealCursor } from './cursor.ts';

/** `limit` and `cursor` of every list. */
export const pageQuery = {
  limit: z._default(
    z.pipe(
      z.string().check(z.regex(/^([1-9][0-9]?|100)$/, 'is a number from 1 to 100')),
      z.transform(Number),
    ),
    50,
  ),
  cursor: z.optional(z.string().check(z.maxLength(4_096))),
};

export type PageInput = { limit: number; cursor?: string | undefined };
export type Page<T> = { items: T[]; nextCursor: string | null };

/**
 * Where the items of a list stand. `resolve` turns those that were read into results, in the same order, `undefined` for
 * what is left out. `sparse`: much is left out, so read ahead.
 */
export type Source<T> = Query & {
  sparse?: boolean;
  resolve: (items: Item[]) => (T | undefined)[] | Promise<(T | undefined)[]>;
};

type Place = { source: number; after: Position | undefined };

/** Items that a filtered list reads for one page before it answers with a short one. */
const readPerPage = 1_000;
const readAhead = 100;

/**
 * One page of a list that stands in one partition, or in several one after the other, in key order. The walk goes on
 * behind the last item that was looked at: a page may be short, the walk is complete under concurrent inserts and
 * deletes. Throws `invalid_cursor`.
 */
export async function pageOf<T>(
  ctx: Context,
  list: ListOf,
  { limit, cursor }: PageInput,
  ...sources: Source<T>[]
): Promise<Page<T>> {
  const items: T[] = [];
  const pageUpTo = async (place: Place) => ({ items, nextCursor: await sealCursor(ctx, list, place) });
  let place: Place = cursor
    ? ((await openCursor(ctx, list, cursor)) as Place)
    : { source: 0, after: undefined };
  let read = 0;
  for (;;) {
    const source = sources[place.source];
    if (!source) return { items, nextCursor: null };
    if (items.length === limit || read >= readPerPage) return pageUpTo(place);
    const { sparse, resolve, ...q } = source;
    // One more than wanted tells whether the page is the last one.
    const wanted = sparse ? readAhead : limit - items.length + 1;
    const batch = await query(ctx, { ...q, after: place.after, limit: wanted });
    const results = await resolve(batch.items);
    for (const [n, item] of batch.items.entries()) {
      if (items.length === limit) return pageUpTo(place);
      const result = results[n];
      if (result !== undefined) items.push(result);
      place = { ...place, after: positionOf(item, q) };
    }
    read += batch.items.length;
    if (!batch.next) place = { source: place.source + 1, after: undefined };
  }
}

function positionOf({ pk, sk, gsi1pk, gsi1sk }: Item, { onIndex }: Query): Position {
  return onIndex ? { pk, sk, gsi1pk, gsi1sk } : { pk, sk };
}
