import * as z from 'zod/mini';

/** A name as people give it: trimmed, not empty, on one line. */
export function nameOf(mostCharacters: number) {
  return z
    .string()
    .check(
      z.trim(),
      z.minLength(1),
      z.maxLength(mostCharacters),
      z.regex(/^\P{Cc}*$/u, 'has control characters'),
    );
}
