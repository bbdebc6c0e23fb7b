import { DomainError } from './errors.ts';

/** Throws `version_mismatch` when the caller says which version they saw and it is not the present one. */
export function expectVersion(expected: number | undefined, current: number): void {
  if (expected !== undefined && expected !== current)
    throw new DomainError('version_mismatch', 'The resource has changed since you read it.', {
      extra: { currentVersion: current },
    });
}
