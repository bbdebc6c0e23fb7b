import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../../domain/errors.ts';
import {
  giveUpAfterMilliseconds,
  judgeFailure,
  pauseMilliseconds,
  type Trouble,
  type Verdict,
} from '../../../../domain/operations/judgeFailure.ts';
import { throttled, tryAgain } from '../../../../domain/table/client.ts';
import { Stale } from '../../../../domain/table/transact.ts';

const now = new Date('2026-03-02T09:00:00.000Z');
const ago = (milliseconds: number) => new Date(now.getTime() - milliseconds).toISOString();

const bug = new TypeError('a bug');
const stale = new Stale('a condition failed');
const away = tryAgain();
const busy = new DomainError('workspace_busy', 'An operation is working on this workspace.');
const gone = new DomainError('not_found', 'It is gone.');

const fresh = { attempts: 0 };
const forHours = { attempts: 200, failingSince: ago(giveUpAfterMilliseconds) };
const almostForHours = { attempts: 200, failingSince: ago(giveUpAfterMilliseconds - 1) };
const forHoursWithAnother = { attempts: 3, failingSince: ago(giveUpAfterMilliseconds) };
const removal = { kind: 'user.remove' } as const;

const retry = { next: 'retry', stale: 0 } as const;
const wait = { next: 'pause', isFailure: false } as const;
const fail = { next: 'pause', isFailure: true } as const;
const giveUp = { next: 'giveUp', code: 'internal_error' } as const;

type State = Partial<Trouble['operation']>;
type Row = [what: string, error: unknown, items: number, state: State, verdict: Verdict];

function judged(error: unknown, items: number, state: State = {}, staleInARow = 0): Verdict {
  return judgeFailure({
    operation: { kind: 'connections.copy', attempts: 0, ...state },
    error,
    items,
    stale: staleInARow,
    now,
  });
}

describe.each<[string, number]>([
  ['a step of several items', 47],
  ['a step of one item', 1],
  ['the end', 0],
])('%s', (_, items) => {
  const several = items > 1;

  test.each<[string, unknown]>([
    ['storage that is away', away],
    ['throttling', throttled()],
  ])('waits for %s, however long it takes, and tries fewer items where there are several', (_what, error) => {
    for (const state of [fresh, forHours, forHoursWithAnother])
      expect(judged(error, items, state)).toEqual(several ? retry : wait);
  });

  test.each<Row>([
    ['a bug', bug, items, fresh, several ? retry : fail],
    ['a bug that has been there for almost as long', bug, items, almostForHours, several ? retry : fail],
    ['a bug that has been there for hours', bug, items, forHours, several ? retry : giveUp],
    [
      'a bug met right behind another that was given up',
      bug,
      items,
      forHoursWithAnother,
      several ? retry : fail,
    ],
    ['a refusal', gone, items, fresh, several ? retry : { next: 'skip', code: 'not_found' }],
    ['a busy workspace', busy, items, fresh, several ? retry : { next: 'skip', code: 'workspace_busy' }],
  ])('meets %s', (_what, error, count, state, verdict) => {
    expect(judged(error, count, state)).toEqual(verdict);
  });

  test('is planned again when something had changed, twenty times in a row where it can not be made smaller', () => {
    expect(judged(stale, items, fresh, 0)).toEqual(several ? retry : { next: 'retry', stale: 1 });
    expect(judged(stale, items, fresh, 19)).toEqual({ next: 'retry', stale: several ? 19 : 20 });
    expect(judged(stale, items, fresh, 20)).toEqual(several ? { next: 'retry', stale: 20 } : fail);
    expect(judged(stale, items, forHours, 20)).toEqual(several ? { next: 'retry', stale: 20 } : giveUp);
  });
});

test('a person is taken out of a busy workspace later, however long that takes', () => {
  for (const state of [fresh, forHours]) expect(judged(busy, 1, { ...removal, ...state })).toEqual(wait);
});

test('a person who is still in a workspace at the end of their removal stays', () => {
  expect(judged(busy, 0, removal)).toEqual({ next: 'skip', code: 'workspace_busy' });
});

test('pauses double from a second up to two minutes, half of them by chance', () => {
  const ceilings = Array.from({ length: 9 }, (_, attempts) => pauseMilliseconds(attempts, () => 1));

  expect(ceilings).toEqual([1, 2, 4, 8, 16, 32, 64, 120, 120].map((seconds) => seconds * 1_000));
  expect(pauseMilliseconds(0, () => 0)).toBe(500);
  expect(pauseMilliseconds(2_000, () => 0)).toBe(60_000);
});
