import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isReadExactly } from '../../../../functions/http/numbers.ts';

const isKept = (source: string) => isReadExactly(source, JSON.parse(source));
/** Printed when a property fails. */
const seed = 20_260_302;

describe('a number in JSON is kept', () => {
  test.each([
    '0',
    '-0',
    '0.0',
    '0e5',
    '0e99999999999999999999',
    '1',
    '-1',
    '1.0',
    '1e2',
    '1E+2',
    '100e-2',
    '0.1',
    '1.10',
    '9007199254740991',
    '9007199254740992',
    '9007199254740994',
    '-9007199254740992.000',
    '123456789012345680000',
    '1e23',
    '5e-324',
    '1.7976931348623157e308',
    `1${'0'.repeat(300)}`,
    `0.${'0'.repeat(300)}1`,
    `1${'0'.repeat(30)}e-30`,
  ])('as %s', (source) => {
    expect(isKept(source)).toBe(true);
  });

  test('however the shortest text of any double is padded with zeros and moved by its exponent', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.nat(30),
        fc.integer({ min: -30, max: 30 }),
        (value, zeros, shift) => {
          const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
          const padded = `${mantissa}${mantissa.includes('.') ? '' : '.'}${'0'.repeat(zeros)}0`;
          const [whole = '', fraction = ''] = padded.split('.');
          const sign = whole.startsWith('-') ? '-' : '';
          const moved =
            shift >= 0
              ? `${whole}${fraction.padEnd(shift, '0').slice(0, shift)}.${fraction.slice(shift)}0`
              : `${sign}0.${'0'.repeat(-shift - 1)}${whole.replace('-', '')}${fraction}`;
          const source = `${moved.replace(/^(-?)0+(?=\d)/, '$1')}e${Number(exponent) - shift}`;
          return isKept(JSON.stringify(value)) && isKept(source);
        },
      ),
      { seed, numRuns: 2_000 },
    );
  });
});

describe('a number in JSON is altered', () => {
  test.each([
    '12345678901234567890',
    '9007199254740993',
    '-9007199254740993',
    '0.1234567890123456789',
    '1e400',
    '-1e400',
    '1e-400',
    '2e-324',
    '1.00000000000000000001',
    '0.1000000000000000055511151231257827',
    '123456789012345678',
    `1${'0'.repeat(400)}`,
    `${'9'.repeat(40)}`,
    '1e99999999999999999999',
    '1e-99999999999999999999',
  ])('as %s', (source) => {
    expect(isKept(source)).toBe(false);
  });
});

test('what is kept is, as an exact fraction, what is written for it; what is altered is not', () => {
  const digits = fc.stringMatching(/^(0|[1-9]\d{0,24})$/);
  const source = fc
    .tuple(
      fc.constantFrom('', '-'),
      digits,
      fc.option(fc.stringMatching(/^\d{1,24}$/), { nil: undefined }),
      fc.option(fc.integer({ min: -340, max: 340 }), { nil: undefined }),
    )
    .map(([sign, whole, fraction, exponent]) =>
      [
        sign,
        whole,
        fraction === undefined ? '' : `.${fraction}`,
        exponent === undefined ? '' : `e${exponent}`,
      ].join(''),
    );

  fc.assert(
    fc.property(source, (text) => {
      const value: number = JSON.parse(text);
      const isExact = Number.isFinite(value) && isSameFraction(text, String(value));
      return isKept(text) === isExact;
    }),
    { seed, numRuns: 5_000 },
  );
});

test('a number of five million digits is judged at once, whatever its digits', () => {
  const many = 5_000_000;

  expect(isKept(`1${'0'.repeat(many)}e-${many}`)).toBe(true);
  expect(isKept(`0.${'0'.repeat(many)}1`)).toBe(false);
  expect(isKept('10'.repeat(many / 2))).toBe(false);
});

/** Compares two decimals as integers under one exponent. */
function isSameFraction(a: string, b: string): boolean {
  const [first, second] = [fractionOf(a), fractionOf(b)];
  const lowest = Math.min(first.exponent, second.exponent);
  const scaled = ({ integer, exponent }: typeof first) => integer * 10n ** BigInt(exponent - lowest);
  return scaled(first) === scaled(second);
}

function fractionOf(text: string): { integer: bigint; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return { integer: BigInt(`${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}
