import type { ExpectedVersion } from '../../domain/version.ts';

/**
 * The versions that If-Match names; `undefined` where it asks for nothing. Tags are compared strongly, so a weak one
 * matches nothing, like a tag that we never gave: https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 * A bare number is taken for a tag whose quotes were forgotten.
 */
export function expectedVersionOf(header: string | undefined): ExpectedVersion | undefined {
  const text = header?.trim();
  if (!text) return undefined;
  if (text === '*') return '*';
  const tags = text.match(/(?:W\/)?"[^"]*"|[^\s,]+/g) ?? [];
  return tags.flatMap((tag) => {
    const version = /^(?:"(\d+)"|(\d+))$/.exec(tag)?.slice(1).join('');
    return version !== undefined && String(Number(version)) === version ? [Number(version)] : [];
  });
}
