import * as z from 'zod/mini';

/**
 * How many places invited people hold, by the hour (`2026-03-04T09`) at whose beginning they are free again. So what
 * expires needs no write: an hour that has begun counts for nothing and goes with the next change. 49 hours at most.
 */
export const Places = z.record(z.string(), z.int());
export type Places = Readonly<z.output<typeof Places>>;

const hourMilliseconds = 3_600_000;

/** The first full hour at which somebody whose invitation expires then holds no place any more. */
export function placesUntil(expires: Date): string {
  return hourOf(new Date(Math.ceil(expires.getTime() / hourMilliseconds) * hourMilliseconds));
}

function hourOf(time: Date): string {
  return time.toISOString().slice(0, 'yyyy-mm-ddThh'.length);
}

/** How many are held now. */
export function heldPlaces(places: Places = {}, now: Date): number {
  return Object.values(present(places, now)).reduce((sum, count) => sum + count, 0);
}

/** The places after one was given back and another taken, each by its hour. */
export function movedPlaces(
  places: Places = {},
  { released, taken }: { released?: string | undefined; taken?: string | undefined },
  now: Date,
): Places {
  const next: Record<string, number> = present(places, now);
  const left = released === undefined ? 0 : (next[released] ?? 0) - 1;
  if (released !== undefined && left > 0) next[released] = left;
  else if (released !== undefined) delete next[released];
  if (taken !== undefined) next[taken] = (next[taken] ?? 0) + 1;
  return next;
}

/** Whether a place that is free from this hour on is still held. */
export function isHeld(until: string | undefined, now: Date): boolean {
  return until !== undefined && until > hourOf(now);
}

function present(places: Places, now: Date): Places {
  return Object.fromEntries(Object.entries(places).filter(([hour]) => isHeld(hour, now)));
}
