/** The search of every list: a part of one of the texts, whatever the case and the accents. */
export function matches(search: string | undefined, ...texts: string[]): boolean {
  if (!search) return true;
  const wanted = folded(search);
  return texts.some((text) => folded(text).includes(wanted));
}

function folded(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}
