import { expect, test } from 'vitest';
import { matches } from '../../../domain/search.ts';

test.each([
  ['nothing', undefined, true],
  ['the empty text', '', true],
  ['a part', 'cme', true],
  ['another case', 'ACME', true],
  ['the second text', 'berlin', true],
  ['no accent where there is one', 'munchen', true],
  ['an accent where there is none', 'ácme', true],
  ['an accent that is written in two characters', 'mu\u0308nchen', true],
  ['a compatible form of the letters', 'Ａcme', true],
  ['a part that spans two texts', 'acme berlin', false],
  ['something else', 'globex', false],
  ['characters that mean something in patterns', 'a.me', false],
])('a search for %s (%j) finds: %s', (_, search, found) => {
  expect(matches(search, 'Acme', 'Berlin', 'München')).toBe(found);
});
