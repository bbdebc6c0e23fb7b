import { DomainError, type ErrorCode } from '../errors.ts';
import { isPassing } from '../table/client.ts';
import { Stale } from '../table/transact.ts';
import type { Operation } from './operation.item.ts';

const hour = 3_600_000;

/** A release that fails can be rolled back for so long before a running operation loses anything by it. */
export const giveUpAfterMilliseconds = 6 * hour;
/** However long it has failed: each item is tried so often, pauses between. */
const fewestFailures = 5;
/** Times in a row that what a single item, or the end, rests on may have changed meanwhile: what never holds has failed. */
const maximumStale = 20;

/** What went wrong, and where the operation is. */
export type Trouble = {
  operation: Pick<Operation, 'kind' | 'attempts' | 'failingSince'>;
  error: unknown;
  /** How many items the step tried to do together; 0 at the end of the operation. */
  items: number;
  /** How often in a row, in this turn, something had changed between reading and writing. */
  stale: number;
  now: Date;
};

/**
 * `retry`: at once, with half of the items where there are several. `pause`: later, with the same items; a failure is one
 * that nobody foresaw. `skip`: without this item; at the end of the operation, without what refuses it. `giveUp`: the same
 * for what has failed for hours.
 */
export type Verdict =
  | { next: 'retry'; stale: number }
  | { next: 'pause'; isFailure: boolean }
  | { next: 'skip'; code: ErrorCode }
  | { next: 'giveUp'; code: 'internal_error' };

/**
 * Decides how an operation goes on after an error. The storage that is away, throttling, and a workspace that somebody is
 * to be taken out of and that is busy are waited for, however long it takes.
 */
export function judgeFailure({ operation, error, items, stale, now }: Trouble): Verdict {
  if (isPassing(error)) return items > 1 ? { next: 'retry', stale } : { next: 'pause', isFailure: false };
  if (isWaitedFor(operation, error, items)) return { next: 'pause', isFailure: false };
  if (items > 1) return { next: 'retry', stale };
  if (error instanceof Stale && stale < maximumStale) return { next: 'retry', stale: stale + 1 };
  if (error instanceof DomainError) return { next: 'skip', code: error.code };
  if (hasFailedForHours(operation, now)) return { next: 'giveUp', code: 'internal_error' };
  return { next: 'pause', isFailure: true };
}

/** At the end nothing is busy any more: there the code says that the person is in a workspace of which no item knew. */
function isWaitedFor({ kind }: Pick<Operation, 'kind'>, error: unknown, items: number): boolean {
  return (
    kind === 'user.remove' && items > 0 && error instanceof DomainError && error.code === 'workspace_busy'
  );
}

function hasFailedForHours({ attempts, failingSince }: Trouble['operation'], now: Date): boolean {
  if (failingSince === undefined || attempts + 1 < fewestFailures) return false;
  return now.getTime() - Date.parse(failingSince) >= giveUpAfterMilliseconds;
}

const firstPauseMilliseconds = 1_000;
const longestPauseMilliseconds = 120_000;

/** The pause after so many tries in a row that came to nothing: it doubles, half of it by chance. */
export function pauseMilliseconds(attempts: number, random: () => number): number {
  const ceiling = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** attempts);
  return Math.floor(ceiling * (0.5 + random() / 2));
}
