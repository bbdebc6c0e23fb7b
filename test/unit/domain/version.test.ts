import { expect, test } from 'vitest';
import { type ExpectedVersion, expectVersion } from '../../../domain/version.ts';

test.each<[ExpectedVersion | undefined]>([[undefined], [3], [[3]], [[2, 3]], ['*']])(
  '%j is taken where version 3 stands',
  (expected) => {
    expect(() => expectVersion(expected, 3)).not.toThrow();
  },
);

test.each<[ExpectedVersion]>([[2], [4], [-1], [0], [[]], [[2, 4]]])(
  '%j is refused where version 3 stands, which the refusal names',
  (expected) => {
    expect(() => expectVersion(expected, 3)).toThrow(
      expect.objectContaining({ code: 'version_mismatch', extra: { currentVersion: 3 } }),
    );
  },
);

test.each<[ExpectedVersion]>([['*'], [0], [1], [[0, 1]]])(
  '%j is refused where there is nothing',
  (expected) => {
    expect(() => expectVersion(expected, undefined)).toThrow(
      expect.objectContaining({ code: 'version_mismatch', extra: {} }),
    );
  },
);
