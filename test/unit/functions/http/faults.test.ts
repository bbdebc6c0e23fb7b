import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { faultsOf } from '../../../../functions/http/faults.ts';

const schema = z.strictObject({
  name: z.string(),
  members: z.optional(z.array(z.strictObject({ role: z.enum(['admin', 'viewer']) }))),
  limits: z.optional(z.strictObject({ 'a/b~c': z.int() })),
});

function pointersOf(value: unknown, root = '#/'): string[] {
  const parsed = z.safeParse(schema, value);
  return parsed.success ? [] : faultsOf(parsed.error, root).map(({ pointer }) => pointer);
}

test.each<[string, unknown, string[]]>([
  ['a wrong type', { name: 1 }, ['#/name']],
  ['a missing field', {}, ['#/name']],
  ['a place in a list', { name: 'a', members: [{ role: 'viewer' }, { role: 'boss' }] }, ['#/members/1/role']],
  ['an unknown field', { name: 'a', colour: 'red' }, ['#/colour']],
  ['each of two unknown fields', { name: 'a', colour: 'red', size: 1 }, ['#/colour', '#/size']],
  ['an unknown field deep inside', { name: 'a', members: [{ role: 'admin', x: 1 }] }, ['#/members/0/x']],
  ['a name with signs that pointers use', { name: 'a', limits: { 'a/b~c': 'x' } }, ['#/limits/a~1b~0c']],
  ['the whole body', 'text', ['#']],
  [
    'every fault at once',
    { members: [{ role: 'boss', x: 1 }], colour: 'red' },
    ['#/name', '#/members/0/role', '#/members/0/x', '#/colour'],
  ],
])('names %s by its pointer', (_, value, pointers) => {
  expect(pointersOf(value).sort()).toEqual(pointers.sort());
});

test('names a query parameter by its name', () => {
  expect(pointersOf({ name: 'a', colour: 'red' }, '?')).toEqual(['?colour']);
});

test('says of each fault what is wrong, and of an unknown field that there is none', () => {
  const parsed = z.safeParse(schema, { name: 1, colour: 'red' });
  const faults = parsed.success ? [] : faultsOf(parsed.error, '#/');

  expect(faults).toContainEqual({ pointer: '#/colour', detail: 'There is no such field.' });
  expect(faults.every(({ detail }) => detail.length > 0)).toBe(true);
});
