import { expect, test } from 'vitest';
import { expectVersion } from '../../../domain/version.ts';

test.each([undefined, 3])('%s is taken where version 3 stands', (expected) => {
  expect(() => expectVersion(expected, 3)).not.toThrow();
});

test.each([2, 4, -1, 0])('%s is refused where version 3 stands, which the refusal names', (expected) => {
  expect(() => expectVersion(expected, 3)).toThrow(
    expect.objectContaining({ code: 'version_mismatch', extra: { currentVersion: 3 } }),
  );
});
