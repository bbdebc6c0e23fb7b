import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../../domain/errors.ts';
import { check, count, merged, put, remove, update } from '../../../../domain/table/action.ts';
import { above, equals, exists } from '../../../../domain/table/condition.ts';

const origin = { pk: 'ORG#org_acme#WORKSPACE#w', sk: 'CONNECTION#c' };
const other = { pk: 'ORG#org_acme#WORKSPACE#v', sk: 'CONNECTION#c' };

describe('actions on one item become one action', () => {
  test('that stands where the first of them stood', () => {
    const actions = [
      check(origin, [exists]),
      put({ ...other, name: 'other' }),
      update(origin, { add: { childCount: 1 } }),
    ];

    expect(merged(actions).map(({ key, write }) => [key.pk, write.kind])).toEqual([
      [origin.pk, 'update'],
      [other.pk, 'put'],
    ]);
  });

  test('with all conditions, in their order', () => {
    const [first, second, third] = [exists, equals('version', 1), above('childCount', 0)];

    const [action] = merged([
      check(origin, [first]),
      update(origin, { add: { childCount: -1 } }, { when: [second] }),
      update(origin, { add: { lineageCount: -1 } }, { when: [third] }),
    ]);

    expect(action?.when).toEqual([first, second, third]);
  });

  test('with counters added up, and everything else beside each other', () => {
    const [action] = merged([
      update(origin, {
        set: { name: 'a' },
        add: { childCount: 1, owners: new Set(['alice']) },
        remove: ['note'],
      }),
      update(origin, {
        set: { title: 'b' },
        add: { childCount: 2, lineageCount: 1, owners: new Set(['bob']) },
        take: { guests: new Set(['carol']) },
        remove: ['draft'],
      }),
    ]);

    expect(action?.write).toEqual({
      kind: 'update',
      changes: {
        set: { name: 'a', title: 'b' },
        add: { childCount: 3, lineageCount: 1, owners: new Set(['alice', 'bob']) },
        take: { guests: new Set(['carol']) },
        remove: ['note', 'draft'],
      },
    });
  });

  test.each([
    ['a check before a write', [check(origin, [exists]), remove(origin)]],
    ['a check after a write', [remove(origin), check(origin, [exists])]],
  ])('with the write alone of %s', (_, actions) => {
    expect(merged(actions)).toMatchObject([{ write: { kind: 'delete' }, when: [exists] }]);
  });

  test('with the first error that one of them names for the item as it stands', () => {
    const full = new DomainError('workspace_limit_reached', 'full');
    const gone = new DomainError('not_found', 'gone');

    const [action] = merged([
      check(origin, [exists], (found) => (found ? undefined : gone)),
      check(origin, [exists]),
      check(origin, [exists], () => full),
    ]);

    expect(action?.failed?.(undefined)).toBe(gone);
    expect(action?.failed?.({ ...origin })).toBe(full);
  });

  test('with broken data for the error only where there is nothing to count on', () => {
    const [action] = merged([
      count(origin, { childCount: -1 }),
      update(origin, { add: { lineageCount: -1 } }, { when: [equals('revision', 1)] }),
    ]);

    expect(action?.failed?.({ ...origin, revision: 2 })).toBeUndefined();
    expect(action?.failed?.(undefined)).toEqual(
      new Error(`There is nothing at ${origin.pk} ${origin.sk} to count on.`),
    );
  });
});

test('two items that differ in the partition or the sort key alone stay two actions', () => {
  const sibling = { pk: origin.pk, sk: 'CONNECTION#d' };

  expect(merged([remove(origin), remove(other), remove(sibling)])).toHaveLength(3);
});

test.each([
  ['two puts', [put({ ...origin }), put({ ...origin })]],
  ['a put and an update', [put({ ...origin }), update(origin, { add: { childCount: 1 } })]],
  ['an update and a delete', [update(origin, { add: { childCount: 1 } }), remove(origin)]],
])('%s of one item are a mistake of the program', (_, actions) => {
  expect(() => merged(actions)).toThrow(`Two writes of ${origin.pk} ${origin.sk}.`);
});
