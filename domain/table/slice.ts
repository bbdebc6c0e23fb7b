import type { Context } from '../context.ts';
import { type ListOf, openCursor, sealCursor } from './cursor.ts';
import type { Page, PageInput } from './page.ts';

/** One page of a list that stands whole in memory, sorted by `idOf`: it goes on behind the last id that was given. */
export async function sliceOf<T>(
  ctx: Context,
  list: ListOf,
  { limit, cursor }: PageInput,
  sorted: readonly T[],
  idOf: (item: T) => string,
): Promise<Page<T>> {
  const after = cursor ? String(await openCursor(ctx, list, cursor)) : undefined;
  const rest = after === undefined ? sorted : sorted.filter((item) => idOf(item) > after);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  const isMore = rest.length > items.length && last !== undefined;
  return { items, nextCursor: isMore ? await sealCursor(ctx, list, idOf(last)) : null };
}
