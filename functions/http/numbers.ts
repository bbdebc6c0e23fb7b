/**
 * Whether a number, as it stands in JSON, is the very value that it is read as: what we would write for it denotes the
 * same decimal. So `1.0`, `1e2` and `0.1` are, `12345678901234567890` (digits get lost), `1e400` and `1e-400` are not.
 */
export function isReadExactly(source: string, value: number): boolean {
  if (source === String(value)) return true;
  return Number.isFinite(value) && decimalOf(source) === decimalOf(String(value));
}

/** More significant digits than a double is ever written with. */
const mostDigits = 17;

/** One text for each decimal value, whatever its zeros and exponent; the sign is never read wrongly. */
function decimalOf(source: string): string | undefined {
  const [, whole = '', fraction = '', exponent = '0'] =
    /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(source) ?? [];
  const digits = whole + fraction;
  const leadingZeros = /^0*/.exec(digits)?.[0].length ?? 0;
  const significant = digits.slice(leadingZeros);
  if (!/^0*$/.test(significant.slice(mostDigits))) return undefined;
  const shortest = significant.slice(0, mostDigits).replace(/0+$/, '');
  return shortest === '' ? '0' : `0.${shortest}e${Number(exponent) + whole.length - leadingZeros}`;
}
