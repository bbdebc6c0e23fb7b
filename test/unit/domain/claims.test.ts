import { describe, expect, test } from 'vitest';
import { normalizedEmail } from '../../../domain/email.ts';
import { nameFrom } from '../../../domain/text.ts';

describe('the address in a token', () => {
  test('is the same in any case', () => {
    expect(normalizedEmail('KeVin@Example.COM')).toBe('kevin@example.com');
  });

  test.each([
    ['the Kelvin sign for a k', '\u212Aevin@example.com'],
    ['a dotless i', 'kev\u0131n@example.com'],
    ['a dotted capital I', 'KEV\u0130N@example.com'],
    ['a long s', 'a\u017F@example.com'],
    ['a full-width letter', '\uFF2Bevin@example.com'],
    ['a space that is none in ASCII', '\u00A0kevin@example.com'],
    ['a zero-width joiner', 'ke\u200Dvin@example.com'],
    ['nothing', ''],
  ])('is nobody’s with %s', (_, email) => {
    expect(normalizedEmail(email)).toBeUndefined();
  });
});

describe('the name in a token', () => {
  test('is taken as a request would give it', () => {
    expect(nameFrom('  Ann Noyce ')).toBe('Ann Noyce');
  });

  test.each([
    ['no name', undefined],
    ['nothing', ' '],
    ['two lines', 'Ann\nBcc: bob@example.com'],
    ['a control character', 'Ann\u0000'],
    ['half of a surrogate pair', 'Ann\ud800'],
    ['more than 100 characters', 'x'.repeat(101)],
  ])('is none when it is %s', (_, name) => {
    expect(nameFrom(name)).toBeUndefined();
  });
});
