/** The search of every list: a part of one of the texts, whatever the case and the accents. */
export function matches(search: string | undefined, ...texts: string[]): boolean {
  if (!search) return true;
  const wanted = folded(search);
  // Of accents alone nothing is left, and nothing is part of every text.
  return wanted !== '' && texts.some((text) => folded(text).includes(wanted));
}

/** Letters that differ only in case or accents become one; through capitals, so that `ß` is `ss` as `SS` is. */
function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ');
}
