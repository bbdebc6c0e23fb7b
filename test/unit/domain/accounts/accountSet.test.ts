import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  accountSet,
  difference,
  includes,
  intersection,
  isEmpty,
  noAccounts,
  size,
  union,
} from '../../../../domain/accounts/accountSet.ts';

/** The seed of every run; fast-check prints it with the counterexample. */
const run = { seed: 20_261_124, numRuns: 300 };
const ordinals = fc.array(fc.oneof(fc.nat(24), fc.nat(30_000)), { maxLength: 60 });

/** The set as its members. */
function membersOf(set: Uint8Array): number[] {
  return Array.from({ length: set.length * 8 }, (_, n) => n).filter((n) => includes(set, n));
}

function sorted(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

describe('a set of accounts behaves as a set of numbers', () => {
  test('in what it has and how much', () => {
    fc.assert(
      fc.property(ordinals, (a) => {
        expect(membersOf(accountSet(a))).toEqual(sorted(a));
        expect(size(accountSet(a))).toBe(new Set(a).size);
        expect(isEmpty(accountSet(a))).toBe(a.length === 0);
      }),
      run,
    );
  });

  test('in union, intersection and difference, whichever is longer', () => {
    fc.assert(
      fc.property(ordinals, ordinals, (a, b) => {
        const [x, y] = [new Set(a), new Set(b)];
        expect(membersOf(union(accountSet(a), accountSet(b)))).toEqual(sorted(x.union(y)));
        expect(membersOf(intersection(accountSet(a), accountSet(b)))).toEqual(sorted(x.intersection(y)));
        expect(membersOf(difference(accountSet(a), accountSet(b)))).toEqual(sorted(x.difference(y)));
      }),
      run,
    );
  });

  test('and no operation changes what it is given', () => {
    fc.assert(
      fc.property(ordinals, ordinals, (a, b) => {
        const [x, y] = [accountSet(a), accountSet(b)];
        union(x, y);
        intersection(x, y);
        difference(x, y);
        expect([x, y]).toEqual([accountSet(a), accountSet(b)]);
      }),
      run,
    );
  });
});

test('bits stand by ordinal, the lowest first', () => {
  expect(Buffer.from(accountSet([0, 9, 15])).toString('hex')).toBe('0182');
  expect(Buffer.from(accountSet([7])).toString('hex')).toBe('80');
});

test('nobody is in the empty set, however far one asks', () => {
  expect([0, 7, 8, 9_999].some((ordinal) => includes(noAccounts, ordinal))).toBe(false);
});

test('10,000 accounts take 1,250 bytes', () => {
  const all = accountSet(Array.from({ length: 10_000 }, (_, n) => n));

  expect(all).toHaveLength(1_250);
  expect(size(all)).toBe(10_000);
});
