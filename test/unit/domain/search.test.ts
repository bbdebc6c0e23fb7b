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
  ['a combining mark alone', '\u0308', false],
  ['several combining marks', '\u0301\u0323', false],
  ['something else', 'globex', false],
  ['characters that mean something in patterns', 'a.me', false],
])('a search for %s (%j) finds: %s', (_, search, found) => {
  expect(matches(search, 'Acme', 'Berlin', 'München')).toBe(found);
});

test.each([
  ['strasse', 'Straße'],
  ['STRASSE', 'Straße'],
  ['straße', 'Strasse'],
  ['STRAẞE', 'Strasse'],
  ['ß', 'Weiss'],
  ['ss', 'Weiß'],
  ['ΟΔΟΣ', 'οδος'],
  ['σ', 'οδος'],
  ['ΣΟ', 'ΟΔΟΣΟΣ'],
  ['istanbul', 'İSTANBUL'],
  ['İstanbul', 'istanbul'],
  ['file', 'ﬁle'],
])('letters that fold to the same are the same: %s finds %s', (search, text) => {
  expect(matches(search, text)).toBe(true);
});
