import { expect, test } from 'vitest';
import { wordsOf } from '../../../infra/cli/wordsOf.ts';

test.each<[string, unknown, string]>([
  ['an error', new RangeError('too far'), 'RangeError: too far'],
  ['the first line of a longer one', new Error('refused\nwith details'), 'Error: refused'],
  ['a refused connection', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'Error: ECONNREFUSED'],
  ['an error without words', new Error(''), 'Error'],
  ['what is no error', 'nothing', 'nothing'],
])('%s has words for the terminal', (_, cause, words) => {
  expect(wordsOf(cause)).toBe(words);
});
