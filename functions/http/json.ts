import type { Fault } from '../../domain/errors.ts';
import { pointer } from './faults.ts';
import { isReadExactly } from './numbers.ts';

export type ParsedJson = {
  value: unknown;
  /** Numbers that can’t be kept as they were sent. */
  altered: Fault[];
};

type Place = { holder: object; key: string };

/** What the reviver is told of a number, beyond the types of the library: the text that it was read from. */
type Source = { source?: string };

/**
 * Parses JSON and names the numbers in it that a double can't hold as they were sent. A member `__proto__` is one like
 * any other. Throws a `SyntaxError` for what is not JSON or has half of a surrogate pair, a `RangeError` for what is
 * nested too deeply.
 */
export function parseJson(text: string): ParsedJson {
  const places: Place[] = [];
  function look(this: object, key: string, value: unknown, context?: Source): unknown {
    if (!key.isWellFormed() || (typeof value === 'string' && !value.isWellFormed()))
      throw new SyntaxError('A text has half of a surrogate pair.');
    if (typeof value === 'number' && !isReadExactly(context?.source ?? '', value))
      places.push({ holder: this, key });
    return value;
  }
  const value: unknown = JSON.parse(text, look);
  return { value, altered: places.length > 0 ? faultsAt(places, value) : [] };
}

type Step = { parent: Step | undefined; key: string };

/** The pointers of places, found by a walk that recurs nowhere: what is nested may be nested deeply. */
function faultsAt(places: readonly Place[], root: unknown): Fault[] {
  const holders = new Set(places.map(({ holder }) => holder));
  const steps = new Map<object, Step | undefined>();
  const open: { value: unknown; step: Step | undefined }[] = [{ value: root, step: undefined }];
  for (let next = open.pop(); next && steps.size < holders.size; next = open.pop()) {
    const { value, step } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (holders.has(value)) steps.set(value, step);
    for (const [key, member] of Object.entries(value))
      open.push({ value: member, step: { parent: step, key } });
  }
  return places.map(({ holder, key }) => ({
    // A number that is the whole body stands in an object that only the parser has.
    pointer: pointer('#/', steps.has(holder) ? [...keysTo(steps.get(holder)), key] : []),
    detail: 'This number can’t be kept exactly as it was sent. Send it as a string.',
  }));
}

function keysTo(step: Step | undefined): string[] {
  const keys: string[] = [];
  for (let at = step; at; at = at.parent) keys.unshift(at.key);
  return keys;
}
