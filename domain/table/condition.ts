/** Collects the names and values of one expression, so that no attribute name can be a reserved word. */
export type Scope = {
  name(path: string): string;
  value(value: unknown): string;
  names: Record<string, string>;
  values: Record<string, unknown>;
};

export function newScope(): Scope {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  return {
    names,
    values,
    name: (path) =>
      path
        .split('.')
        .map((part) => {
          names[`#${part}`] = part;
          return `#${part}`;
        })
        .join('.'),
    value: (value) => {
      const placeholder = `:v${Object.keys(values).length}`;
      values[placeholder] = value;
      return placeholder;
    },
  };
}

/** A named fragment of a condition expression. */
export type Condition = (scope: Scope) => string;

export const exists: Condition = (s) => `attribute_exists(${s.name('pk')})`;
export const absent: Condition = (s) => `attribute_not_exists(${s.name('pk')})`;
export const equals =
  (path: string, value: unknown): Condition =>
  (s) =>
    `${s.name(path)} = ${s.value(value)}`;
/** The attribute is not there, perhaps as the item is not. */
export const lacks =
  (path: string): Condition =>
  (s) =>
    `attribute_not_exists(${s.name(path)})`;
/** The attribute is there and has another value. */
export const differs =
  (path: string, value: unknown): Condition =>
  (s) =>
    `(attribute_exists(${s.name(path)}) AND ${s.name(path)} <> ${s.value(value)})`;
export const above =
  (path: string, value: unknown): Condition =>
  (s) =>
    `${s.name(path)} > ${s.value(value)}`;
export const atMost =
  (path: string, value: unknown): Condition =>
  (s) =>
    `${s.name(path)} <= ${s.value(value)}`;
export const lessThan =
  (path: string, value: unknown): Condition =>
  (s) =>
    `${s.name(path)} < ${s.value(value)}`;
/** `path < other`, both attributes of the item. */
export const below =
  (path: string, other: string): Condition =>
  (s) =>
    `${s.name(path)} < ${s.name(other)}`;
export const oneOf =
  (path: string, values: readonly unknown[]): Condition =>
  (s) =>
    `${s.name(path)} IN (${values.map((value) => s.value(value)).join(', ')})`;
export const contains =
  (path: string, value: unknown): Condition =>
  (s) =>
    `contains(${s.name(path)}, ${s.value(value)})`;
/** More than `count` members in a set. */
export const sizeAbove =
  (path: string, count: number): Condition =>
  (s) =>
    `size(${s.name(path)}) > ${s.value(count)}`;
export const either =
  (...conditions: Condition[]): Condition =>
  (s) =>
    `(${conditions.map((condition) => condition(s)).join(' OR ')})`;

export const allOf =
  (conditions: readonly Condition[]): Condition =>
  (s) =>
    conditions.map((condition) => condition(s)).join(' AND ');
