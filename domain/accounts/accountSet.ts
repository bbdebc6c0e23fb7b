/**
 * A set of accounts of one lineage, as bits by ordinal: 10,000 accounts are 1.25 KB, so a connection's selection always
 * fits its item and any number of copies fit a transaction (docs/adr/0002). An ordinal that a connection may hold is never
 * given to another account (docs/adr/0015).
 */
export type AccountSet = Uint8Array;

export const noAccounts: AccountSet = new Uint8Array();

export function accountSet(ordinals: readonly number[]): AccountSet {
  const set = new Uint8Array(ordinals.length === 0 ? 0 : (greatest(ordinals) >> 3) + 1);
  for (const ordinal of ordinals) set[ordinal >> 3] = (set[ordinal >> 3] ?? 0) | (1 << (ordinal & 7));
  return set;
}

/** The accounts with the first so many ordinals. */
export function firstAccounts(count: number): AccountSet {
  const set = new Uint8Array(Math.ceil(count / 8)).fill(0xff);
  if (count % 8 > 0) set[set.length - 1] = (1 << (count % 8)) - 1;
  return set;
}

/** `Math.max(...)` takes its operands on the stack, which 10,000 may overflow. */
function greatest(ordinals: readonly number[]): number {
  return ordinals.reduce((most, ordinal) => Math.max(most, ordinal), 0);
}

export function includes(set: AccountSet, ordinal: number): boolean {
  return ((set[ordinal >> 3] ?? 0) & (1 << (ordinal & 7))) !== 0;
}

export function size(set: AccountSet): number {
  return set.reduce((count, byte) => count + onesIn(byte), 0);
}

function onesIn(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) ones += 1;
  return ones;
}

export function intersection(a: AccountSet, b: AccountSet): AccountSet {
  return a.slice(0, Math.min(a.length, b.length)).map((byte, n) => byte & (b[n] ?? 0));
}

export function union(a: AccountSet, b: AccountSet): AccountSet {
  const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
  return longer.map((byte, n) => byte | (shorter[n] ?? 0));
}

/** What is in `a` and not in `b`. */
export function difference(a: AccountSet, b: AccountSet): AccountSet {
  return a.map((byte, n) => byte & ~(b[n] ?? 0));
}

export function isEmpty(set: AccountSet): boolean {
  return set.every((byte) => byte === 0);
}
