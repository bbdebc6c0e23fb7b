import { expect, test } from 'vitest';
import {
  above,
  absent,
  allOf,
  atMost,
  below,
  type Condition,
  contains,
  differs,
  either,
  equals,
  exists,
  newScope,
  oneOf,
  sizeAbove,
} from '../../../../domain/table/condition.ts';

test.each<[string, Condition, string, Record<string, string>, Record<string, unknown>]>([
  ['exists', exists, 'attribute_exists(#pk)', { '#pk': 'pk' }, {}],
  ['absent', absent, 'attribute_not_exists(#pk)', { '#pk': 'pk' }, {}],
  [
    'differs',
    differs('status', 'deleting'),
    '(attribute_exists(#status) AND #status <> :v0)',
    { '#status': 'status' },
    { ':v0': 'deleting' },
  ],
  ['equals', equals('status', 'active'), '#status = :v0', { '#status': 'status' }, { ':v0': 'active' }],
  ['above', above('adminCount', 1), '#adminCount > :v0', { '#adminCount': 'adminCount' }, { ':v0': 1 }],
  ['atMost', atMost('count', 9), '#count <= :v0', { '#count': 'count' }, { ':v0': 9 }],
  [
    'below',
    below('workspaceCount', 'limits.workspaces'),
    '#workspaceCount < #limits.#workspaces',
    { '#workspaceCount': 'workspaceCount', '#limits': 'limits', '#workspaces': 'workspaces' },
    {},
  ],
  [
    'oneOf',
    oneOf('role', ['a', 'b']),
    '#role IN (:v0, :v1)',
    { '#role': 'role' },
    { ':v0': 'a', ':v1': 'b' },
  ],
  ['contains', contains('ids', 'u'), 'contains(#ids, :v0)', { '#ids': 'ids' }, { ':v0': 'u' }],
  ['sizeAbove', sizeAbove('ids', 1), 'size(#ids) > :v0', { '#ids': 'ids' }, { ':v0': 1 }],
  [
    'either',
    either(absent, atMost('n', 1)),
    '(attribute_not_exists(#pk) OR #n <= :v0)',
    { '#pk': 'pk', '#n': 'n' },
    { ':v0': 1 },
  ],
  [
    'allOf',
    allOf([exists, equals('n', 1)]),
    'attribute_exists(#pk) AND #n = :v0',
    { '#pk': 'pk', '#n': 'n' },
    { ':v0': 1 },
  ],
])('%s names every attribute and value through placeholders', (_, condition, expression, names, values) => {
  const scope = newScope();

  expect(condition(scope)).toBe(expression);
  expect(scope.names).toEqual(names);
  expect(scope.values).toEqual(values);
});

test('values of one expression never share a placeholder, names of one attribute always do', () => {
  const scope = newScope();

  const expression = allOf([equals('role', 'a'), equals('role', 'a')])(scope);

  expect(expression).toBe('#role = :v0 AND #role = :v1');
  expect(scope.names).toEqual({ '#role': 'role' });
});
