import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import { EventId, type OrgId } from '../ids.ts';
import { findItems, type Item, query } from '../table/client.ts';
import { type ListOf, openCursor, sealCursor } from '../table/cursor.ts';
import type { Page, PageInput } from '../table/page.ts';
import { type Event, eventKey, parseEvent, parseReference, referencePrefix } from './event.item.ts';
import type { EventView } from './eventView.ts';

/** A partition of events or of references to them; on the index, of both. */
export type EventSource = { partition: string; onIndex?: boolean; prefix?: typeof referencePrefix };

export type EventList = {
  orgId: OrgId;
  sources: readonly EventSource[];
  /** Events between these ids. */
  least: string;
  greatest: string;
  /** Much is left out, so read ahead. */
  isSparse: boolean;
  /** The events in the same order as readers see them, `undefined` for what is left out. */
  show: (events: readonly Event[]) => Promise<readonly (EventView | undefined)[]>;
};

/** Where a walk goes on: at this entry, of which so many events are done with. */
const Position = z.object({ at: EventId, done: z.int() });
type Position = z.output<typeof Position>;

/** One place of a list: an event, and the companion that is shown with it. */
type Entry = { at: EventId; events: Event[] };

/** API Gateway and Lambda take 6 MB; a page that is long in bytes is short in events. */
const maxPageBytes = 512 * 1024;
/** Items that a filtered list reads for one page before it answers with a short one. */
const maxRead = 1_000;
const readAhead = 100;

/**
 * One page of events, newest first, from one list or several that are merged; an event that stands in more than one is
 * shown once. A page ends by its length or its bytes; the walk is complete. Throws `invalid_cursor`.
 */
export async function pageOfEvents(
  ctx: Context,
  list: ListOf,
  { limit, cursor }: PageInput,
  from: EventList,
): Promise<Page<EventView>> {
  const items: EventView[] = [];
  let position = cursor === undefined ? undefined : await positionIn(ctx, list, cursor);
  let bytes = 0;
  for (let read = 0; ; ) {
    const { entries, isEnd, count } = await nextEntries(
      ctx,
      from,
      position,
      from.isSparse ? readAhead : limit + 2,
    );
    const events = entries.flatMap((entry) => entry.events.map((event, n) => ({ event, at: entry.at, n })));
    const pending = events.filter(({ at, n }) => at !== position?.at || n >= position.done);
    const views = await from.show(pending.map(({ event }) => event));
    for (const [k, { at, n }] of pending.entries()) {
      const view = views[k];
      const size = view ? Buffer.byteLength(JSON.stringify(view)) : 0;
      const isFull = items.length === limit || (items.length > 0 && bytes + size > maxPageBytes);
      if (view && isFull) return { items, nextCursor: await sealCursor(ctx, list, { at, done: n }) };
      if (view) items.push(view);
      bytes += size;
    }
    const last = entries.at(-1);
    if (last) position = { at: last.at, done: last.events.length };
    if (isEnd) return { items, nextCursor: null };
    read += count;
    if ((items.length === limit || read >= maxRead) && position)
      return { items, nextCursor: await sealCursor(ctx, list, position) };
  }
}

async function positionIn(ctx: Context, list: ListOf, cursor: string): Promise<Position> {
  const { data } = Position.safeParse(await openCursor(ctx, list, cursor));
  if (!data) throw new DomainError('invalid_cursor', 'The cursor was issued before this list was changed.');
  return data;
}

/** What comes next in all sources together, as far down as all of them were read. */
async function nextEntries(
  ctx: Context,
  { orgId, sources, least, greatest }: EventList,
  position: Position | undefined,
  limit: number,
): Promise<{ entries: Entry[]; isEnd: boolean; count: number }> {
  const first = position?.at ?? greatest;
  const pages = await Promise.all(
    sources.map(({ prefix = '', ...source }) =>
      first < least
        ? { items: [], next: undefined }
        : query(ctx, {
            ...source,
            prefix: `${prefix}${least}`,
            upTo: `${prefix}${first}`,
            newestFirst: true,
            limit,
          }),
    ),
  );
  const lowest = pages.map(({ items, next }) => (next ? (items.map(idOf).at(-1) ?? first) : ''));
  const down = lowest.toSorted().at(-1) ?? '';
  const found = pages.flatMap(({ items }) => items).filter((item) => idOf(item) >= down);
  return {
    entries: await entriesOf(ctx, orgId, found),
    isEnd: pages.every(({ next }) => !next),
    count: pages.reduce((sum, { items }) => sum + items.length, 0),
  };
}

function idOf({ sk }: Item): string {
  return sk.startsWith(referencePrefix) ? sk.slice(referencePrefix.length) : sk;
}

/** The events of items, newest first: what is only referred to is read. */
async function entriesOf(ctx: Context, orgId: OrgId, items: readonly Item[]): Promise<Entry[]> {
  const isEvent = ({ sk }: Item) => !sk.startsWith(referencePrefix);
  const known = new Map(items.filter(isEvent).map((item) => [idOf(item), parseEvent(item)]));
  const ids = items.map((item) => (isEvent(item) ? parseEvent(item) : parseReference(item)).eventId);
  const companions = (event: Event | undefined) => (event?.companionId ? [event.companionId] : []);
  const missing = [...ids, ...[...known.values()].flatMap(companions)].filter((id) => !known.has(id));
  for (const item of await findItems(
    ctx,
    missing.map((id) => eventKey(orgId, id)),
  )) {
    const event = parseEvent(item);
    known.set(event.eventId, event);
  }
  return [...new Set(ids)]
    .sort((a, b) => (a > b ? -1 : 1))
    .map((at) => {
      const shown = [at, ...companions(known.get(at))];
      return { at, events: shown.flatMap((id) => known.get(id) ?? []) };
    });
}
