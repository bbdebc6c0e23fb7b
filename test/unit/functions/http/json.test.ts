import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../../functions/http/json.ts';

const pointersIn = (text: string) => parseJson(text).altered.map(({ pointer }) => pointer);

describe('numbers that can’t be kept', () => {
  test.each<[string, string, string[]]>([
    ['as a member', '{"a":1,"b":12345678901234567890}', ['#/b']],
    ['deep inside', '{"a":{"b":[0,{"c":1e400}]}}', ['#/a/b/1/c']],
    ['several times', '{"a":[1e400,1,1e400],"b":{"c":0.1234567890123456789}}', ['#/a/0', '#/a/2', '#/b/c']],
    ['under a name with signs that pointers use', '{"a/b":{"c~d":1e400}}', ['#/a~1b/c~0d']],
    ['under a name that objects have', '{"__proto__":{"constructor":1e400}}', ['#/__proto__/constructor']],
    ['as the whole body', '1e400', ['#']],
  ])('are named where they stand: %s', (_, text, pointers) => {
    expect(pointersIn(text)).toEqual(pointers);
  });

  test('are told with what to do instead', () => {
    expect(parseJson('[1e400]').altered[0]?.detail).toBe(
      'This number can’t be kept exactly as it was sent. Send it as a string.',
    );
  });
});

describe('a member with a name that objects have of their own', () => {
  const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}';

  test('is one like any other, and written again as it was', () => {
    const { value } = parseJson(text);

    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(JSON.stringify(value)).toBe(text);
  });

  test('changes no other object', () => {
    parseJson(text);

    expect('polluted' in {}).toBe(false);
  });
});

test.each(['"\\ud800"', '{"\\udc00":1}', '["a\\ud800b"]'])(
  'half of a surrogate pair is no text: %s',
  (text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);

test.each([10_000, 1_000_000])(
  '%i levels end in an error that says so, not in the end of the process',
  (levels) => {
    expect(() => parseJson(`${'['.repeat(levels)}1e400${']'.repeat(levels)}`)).toThrow(RangeError);
  },
);
