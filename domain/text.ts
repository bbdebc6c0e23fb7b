import * as z from 'zod/mini';

/** No control characters. Written so that the regular expressions of other languages take it from the API description. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const withoutControls = /^[^\x00-\x1f\x7f-\x9f]*$/;

/** A name as people give it: trimmed, not empty, on one line. */
export function nameOf(mostCharacters: number) {
  return z
    .string()
    .check(
      z.trim(),
      z.minLength(1),
      z.maxLength(mostCharacters),
      z.regex(withoutControls, 'has control characters'),
    );
}

const PersonName = nameOf(100);

/**
 * The name that a token gives, under the rule for names in requests; `undefined` for one that a request could not give.
 * Nobody is refused for how the identity provider spells them.
 */
export function nameFrom(claim: string | undefined): string | undefined {
  const name = z.safeParse(PersonName, claim);
  return name.success && name.data.isWellFormed() ? name.data : undefined;
}
