/** Why something could not be done, in one line: the service's or the SDK's own words; a refused connection has only a code. */
export function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const words = cause.message.split('\n')[0] || ('code' in cause ? String(cause.code) : '');
  return words ? `${cause.name}: ${words}` : cause.name;
}
