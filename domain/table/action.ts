import type { Item, Key } from './client.ts';
import { type Condition, exists } from './condition.ts';

/** Changes of an item: `set` values, `add` to counters or sets, `take` from sets, `remove` attributes. */
export type Changes = {
  set?: Record<string, unknown>;
  add?: Record<string, number | Set<string>>;
  take?: Record<string, Set<string>>;
  remove?: readonly string[];
};

type Write =
  | { kind: 'put'; item: Item }
  | { kind: 'update'; changes: Changes }
  | { kind: 'delete' }
  | { kind: 'check' };

/** The error that a failed condition means, from the item as it stands; `undefined`: read again and decide. */
type Failed = (found: Item | undefined) => Error | undefined;

/** One action of a transaction. */
export type Action = { key: Key; write: Write; when: readonly Condition[]; failed?: Failed | undefined };

type When = { when?: readonly Condition[]; failed?: Failed };

export function put(item: Item, { when = [], failed }: When = {}): Action {
  return { key: { pk: item.pk, sk: item.sk }, write: { kind: 'put', item }, when, failed };
}

export function update(key: Key, changes: Changes, { when = [], failed }: When = {}): Action {
  return { key, write: { kind: 'update', changes }, when, failed };
}

/**
 * Moves counters of an item that stands as long as there is something for it to count. That it does not is no race but
 * broken data: an error that nobody foresaw and that names the key, where a bare ADD would make an item of the counters.
 */
export function count(key: Key, add: Record<string, number>): Action {
  const failed: Failed = (found) =>
    found ? undefined : new Error(`There is nothing at ${key.pk} ${key.sk} to count on.`);
  return update(key, { add }, { when: [exists], failed });
}

export function remove(key: Key, { when = [], failed }: When = {}): Action {
  return { key, write: { kind: 'delete' }, when, failed };
}

export function check(key: Key, when: readonly Condition[], failed?: Failed): Action {
  return { key, write: { kind: 'check' }, when, failed };
}

/** One item takes one action in a transaction: actions on the same item become one, counters are added up. */
export function merged(actions: readonly Action[]): Action[] {
  const byKey = new Map<string, Action>();
  for (const action of actions) {
    const id = `${action.key.pk}\n${action.key.sk}`;
    const earlier = byKey.get(id);
    byKey.set(id, earlier ? mergedPair(earlier, action) : action);
  }
  return [...byKey.values()];
}

function mergedPair(a: Action, b: Action): Action {
  return {
    key: a.key,
    write: mergedWrite(a, b),
    when: [...a.when, ...b.when],
    failed: (found) => a.failed?.(found) ?? b.failed?.(found),
  };
}

function mergedWrite({ key, write: a }: Action, { write: b }: Action): Write {
  if (a.kind === 'check') return b;
  if (b.kind === 'check') return a;
  if (a.kind !== 'update' || b.kind !== 'update') throw new Error(`Two writes of ${key.pk} ${key.sk}.`);
  return { kind: 'update', changes: mergedChanges(a.changes, b.changes) };
}

function mergedChanges(a: Changes, b: Changes): Changes {
  const add = { ...a.add };
  for (const [path, value] of Object.entries(b.add ?? {})) {
    const present = add[path] ?? (typeof value === 'number' ? 0 : new Set<string>());
    add[path] =
      typeof present === 'number' || typeof value === 'number'
        ? Number(present) + Number(value)
        : new Set([...present, ...value]);
  }
  return {
    set: { ...a.set, ...b.set },
    add,
    take: { ...a.take, ...b.take },
    remove: [...(a.remove ?? []), ...(b.remove ?? [])],
  };
}
