import { describe, expect, test } from 'vitest';
import { expectedVersionOf } from '../../../../functions/http/ifMatch.ts';

describe('If-Match', () => {
  test.each<[string | undefined, ReturnType<typeof expectedVersionOf>]>([
    [undefined, undefined],
    ['', undefined],
    ['*', '*'],
    [' * ', '*'],
    ['"7"', [7]],
    [' "7" ', [7]],
    ['7', [7]],
    ['"7", "8"', [7, 8]],
    ['"7","8" , "9"', [7, 8, 9]],
    ['"0"', [0]],
  ])('%j means the versions %j', (header, versions) => {
    expect(expectedVersionOf(header)).toEqual(versions);
  });

  test.each([
    ['a number that we write otherwise', '"08"'],
    ['another number that we write otherwise', '"7.0"'],
    ['a number beyond all that we give', '"99999999999999999999"'],
    ['a text', '"seven"'],
    ['a text with a comma and a number in it', '"a,7"'],
    ['a weak tag, as tags are compared strongly', 'W/"7"'],
    ['a quote that is not closed', '"7'],
    ['commas alone', ',,'],
    ['a star among tags', '"x", *'],
  ])('matches nothing by %s (%s)', (_, header) => {
    expect(expectedVersionOf(header)).toEqual([]);
  });

  test('takes of a list what can match', () => {
    expect(expectedVersionOf('W/"7", "x", "8"')).toEqual([8]);
  });
});
