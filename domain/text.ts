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

/** Of control characters only tabs and line breaks: any other is six bytes in an answer. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const textOfLines = /^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$/;

/** A text as people write it: trimmed, perhaps empty, perhaps of several lines. */
export function textOf(mostCharacters: number) {
  return z
    .string()
    .check(z.trim(), z.maxLength(mostCharacters), z.regex(textOfLines, 'has control characters'));
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
