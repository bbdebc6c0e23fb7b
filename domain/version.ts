import { DomainError } from './errors.ts';

/** The version that a caller would change: this one, one of these, or `*`, whichever there is. */
export type ExpectedVersion = number | '*' | readonly number[];

/**
 * Throws `version_mismatch` when the caller says which versions they mean and the present one is none of them; where
 * there is nothing (`undefined`), none matches.
 */
export function expectVersion(expected: ExpectedVersion | undefined, current: number | undefined): void {
  if (expected === undefined) return;
  if (current !== undefined && (expected === '*' || [expected].flat().includes(current))) return;
  const detail =
    current === undefined
      ? 'There is no such resource yet, so no version of it can be expected.'
      : 'The resource has changed since you read it.';
  throw new DomainError('version_mismatch', detail, {
    extra: { ...(current !== undefined && { currentVersion: current }) },
  });
}
