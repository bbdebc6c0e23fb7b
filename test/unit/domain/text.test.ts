import { describe, expect, test } from 'vitest';
import { textOf } from '../../../domain/text.ts';

const Text = textOf(20);

describe('a text of several lines', () => {
  test.each(['', 'one line', 'two\nlines', 'a\ttab', 'ends\r\nof lines'])('may be %j', (text) => {
    expect(Text.safeParse(text)).toMatchObject({ success: true, data: text });
  });

  test.each(['\u0000', 'a\u0001b', 'a\u001bb', 'a\u0085b', 'a\u007fb'])(
    'has no control character as in %j',
    (text) => {
      expect(Text.safeParse(text).success).toBe(false);
    },
  );
});
