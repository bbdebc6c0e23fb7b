import { ThrottlingException, TransactionInProgressException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../../domain/errors.ts';
import { check, put, remove, update } from '../../../../domain/table/action.ts';
import { above, absent, equals, oneOf } from '../../../../domain/table/condition.ts';
import { Stale, transact } from '../../../../domain/table/transact.ts';
import { aRequest, aWorld } from '../../../support/context.ts';
import { alice, aMockTable, cancelled } from '../../../support/mockTable.ts';

const key = (sk: string) => ({ pk: 'ORG#org_acme', sk });
const full = new DomainError('workspace_limit_reached', 'There is no room.');
const gone = new DomainError('not_found', 'It is gone.');

function aTable(own: { random?: () => number } = {}) {
  const { table, mock } = aMockTable();
  const sent = () =>
    mock.commandCalls(TransactWriteCommand).map((call) => call.args[0].input as TransactWriteCommandInput);
  return { ...aRequest(aWorld({ table }), alice, own), mock, sent };
}

describe('one transaction', () => {
  test('writes every kind of action with its condition in one command', async () => {
    const { ctx, mock } = aTable();

    await transact(ctx, [
      check(key('USER#alice'), [oneOf('role', ['editor', 'admin'])]),
      update(
        key('ORGANIZATION'),
        {
          set: { name: 'Acme' },
          add: { workspaceCount: 1 },
          take: { owners: new Set(['bob']) },
          remove: ['note'],
        },
        { when: [above('limits.workspaces', 3)] },
      ),
      put({ ...key('WORKSPACE#w'), name: 'New' }, { when: [absent] }),
      remove(key('WORKSPACE#old'), { when: [equals('childCount', 0)] }),
      put({ ...key('EVENT#1'), type: 'made' }),
    ]);

    expect(mock).toHaveReceivedCommandExactlyOnceWith(TransactWriteCommand, {
      ClientRequestToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
      TransactItems: [
        {
          ConditionCheck: {
            TableName: 'workspaces',
            Key: key('USER#alice'),
            ConditionExpression: '#role IN (:v0, :v1)',
            ExpressionAttributeNames: { '#role': 'role' },
            ExpressionAttributeValues: { ':v0': 'editor', ':v1': 'admin' },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        {
          Update: {
            TableName: 'workspaces',
            Key: key('ORGANIZATION'),
            ConditionExpression: '#limits.#workspaces > :v0',
            UpdateExpression: 'SET #name = :v1 ADD #workspaceCount :v2 DELETE #owners :v3 REMOVE #note',
            ExpressionAttributeNames: {
              '#limits': 'limits',
              '#workspaces': 'workspaces',
              '#name': 'name',
              '#workspaceCount': 'workspaceCount',
              '#owners': 'owners',
              '#note': 'note',
            },
            ExpressionAttributeValues: { ':v0': 3, ':v1': 'Acme', ':v2': 1, ':v3': new Set(['bob']) },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        {
          Put: {
            TableName: 'workspaces',
            Item: { ...key('WORKSPACE#w'), name: 'New' },
            ConditionExpression: 'attribute_not_exists(#pk)',
            ExpressionAttributeNames: { '#pk': 'pk' },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        {
          Delete: {
            TableName: 'workspaces',
            Key: key('WORKSPACE#old'),
            ConditionExpression: '#childCount = :v0',
            ExpressionAttributeNames: { '#childCount': 'childCount' },
            ExpressionAttributeValues: { ':v0': 0 },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        { Put: { TableName: 'workspaces', Item: { ...key('EVENT#1'), type: 'made' } } },
      ],
    });
  });

  test('writes an item once, however many actions name it', async () => {
    const { ctx, sent } = aTable();

    await transact(ctx, [
      update(key('ORIGIN'), { add: { childCount: 1 } }, { when: [equals('name', 'a')] }),
      update(key('ORIGIN'), { add: { childCount: 1, lineageCount: 1 } }, { when: [equals('version', 2)] }),
    ]);

    expect(sent()[0]?.TransactItems).toMatchObject([
      {
        Update: {
          ConditionExpression: '#name = :v0 AND #version = :v1',
          UpdateExpression: 'ADD #childCount :v2, #lineageCount :v3',
          ExpressionAttributeValues: { ':v0': 'a', ':v1': 2, ':v2': 2, ':v3': 1 },
        },
      },
    ]);
  });

  test('leaves out values that are not set', async () => {
    const { ctx, sent } = aTable();

    await transact(ctx, [update(key('USER#alice'), { set: { name: 'Alice', note: undefined } })]);

    expect(sent()[0]?.TransactItems?.[0]?.Update).toMatchObject({
      UpdateExpression: 'SET #name = :v0',
      ExpressionAttributeNames: { '#name': 'name' },
      ExpressionAttributeValues: { ':v0': 'Alice' },
    });
  });

  test('takes 100 actions, counted after merging', async () => {
    const { ctx, sent } = aTable();
    const hundred = Array.from({ length: 100 }, (_, n) => put({ ...key(`ITEM#${n}`) }));

    await transact(ctx, [...hundred, check(key('ITEM#0'), [absent])]);

    expect(sent()[0]?.TransactItems).toHaveLength(100);
  });

  test('refuses 101 actions before anything is sent', async () => {
    const { ctx, mock } = aTable();
    const tooMany = Array.from({ length: 101 }, (_, n) => put({ ...key(`ITEM#${n}`) }));

    await expect(transact(ctx, tooMany)).rejects.toThrow('A transaction holds no 101 actions.');

    expect(mock).not.toHaveReceivedAnyCommand();
  });

  test('refuses a check without a condition', async () => {
    const { ctx } = aTable();

    await expect(transact(ctx, [check(key('USER#alice'), [])])).rejects.toThrow('needs a condition');
  });
});

describe('a failed condition', () => {
  const limited = update(
    key('ORGANIZATION'),
    { add: { workspaceCount: 1 } },
    { when: [equals('version', 1)], failed: (found) => (found?.workspaceCount === 10 ? full : undefined) },
  );
  const standing = check(key('WORKSPACE#w'), [equals('status', 'active')], () => gone);

  test('is the error that its action names, from the item as it stands', async () => {
    const { ctx, mock } = aTable();
    const Item = { ...key('ORGANIZATION'), workspaceCount: 10 };
    mock.on(TransactWriteCommand).rejects(cancelled({ Code: 'ConditionalCheckFailed', Item }));

    await expect(transact(ctx, [limited])).rejects.toBe(full);

    expect(mock).toHaveReceivedCommandTimes(TransactWriteCommand, 1);
  });

  test('is stale reading when the item as it stands is no error', async () => {
    const { ctx, mock } = aTable();
    const Item = { ...key('ORGANIZATION'), workspaceCount: 9 };
    mock.on(TransactWriteCommand).rejects(cancelled({ Code: 'ConditionalCheckFailed', Item }));

    await expect(transact(ctx, [limited])).rejects.toBeInstanceOf(Stale);
  });

  test('is stale reading when its action names no error', async () => {
    const { ctx, mock } = aTable();
    const cause = cancelled('ConditionalCheckFailed');
    mock.on(TransactWriteCommand).rejects(cause);

    const stale = transact(ctx, [check(key('USER#alice'), [absent])]);

    await expect(stale).rejects.toMatchObject({ name: 'Stale', cause });
  });

  test('tells of an item that does not exist as nothing', async () => {
    const { ctx, mock } = aTable();
    mock.on(TransactWriteCommand).rejects(cancelled('ConditionalCheckFailed'));
    const seen: unknown[] = [];
    const asking = check(key('USER#alice'), [equals('role', 'admin')], (found) => {
      seen.push(found);
      return gone;
    });

    await expect(transact(ctx, [asking])).rejects.toBe(gone);

    expect(seen).toEqual([undefined]);
  });

  test('decides by the first in order when several failed', async () => {
    const { ctx, mock } = aTable();
    const Item = { ...key('ORGANIZATION'), workspaceCount: 10 };
    mock
      .on(TransactWriteCommand)
      .rejects(cancelled('None', 'ConditionalCheckFailed', { Code: 'ConditionalCheckFailed', Item }));

    await expect(transact(ctx, [put({ ...key('EVENT#1') }), standing, limited])).rejects.toBe(gone);
  });

  test.each(['TransactionConflict', 'ThrottlingError'])(
    'goes before a %s, whose retry would only fail again',
    async (reason) => {
      const { ctx, mock, pauses } = aTable();
      mock.on(TransactWriteCommand).rejects(cancelled(reason, 'ConditionalCheckFailed'));

      await expect(transact(ctx, [limited, standing])).rejects.toBe(gone);

      expect(mock).toHaveReceivedCommandTimes(TransactWriteCommand, 1);
      expect(pauses).toEqual([]);
    },
  );
});

describe('contention', () => {
  const action = put({ ...key('ITEM') });

  test.each([
    ['TransactionConflict', cancelled('None', 'TransactionConflict')],
    ['ThrottlingError', cancelled('ThrottlingError')],
    ['ProvisionedThroughputExceeded', cancelled('ProvisionedThroughputExceeded')],
    ['TransactionInProgressException', new TransactionInProgressException({ message: '', $metadata: {} })],
  ])('%s is tried again with the same client token', async (_, contention) => {
    const { ctx, mock, sent } = aTable();
    mock.on(TransactWriteCommand).rejectsOnce(contention).rejectsOnce(contention).resolves({});

    await transact(ctx, [action]);

    const [first, ...others] = sent();
    expect(others).toEqual([first, first]);
  });

  test('never shares a client token between two transactions', async () => {
    const { ctx, sent } = aTable();

    await transact(ctx, [action]);
    await transact(ctx, [action]);

    const [first, second] = sent().map((input) => input.ClientRequestToken);
    expect(first).not.toBe(second);
  });

  test('pauses by full jitter: any part of a ceiling that doubles from 20 ms up to one second', async () => {
    const { ctx, mock, pauses } = aTable({ random: () => 0.999 });
    const conflicted = mock.on(TransactWriteCommand);
    for (let n = 0; n < 8; n++) conflicted.rejectsOnce(cancelled('TransactionConflict'));
    conflicted.resolves({});

    await transact(ctx, [action]);

    expect(pauses).toEqual([19, 39, 79, 159, 319, 639, 999, 999]);
  });

  test.each([
    ['try_again', 'conflicts', cancelled('TransactionConflict')],
    ['throttled', 'throttling', cancelled('ThrottlingError')],
    ['try_again', 'conflicts among throttling', cancelled('ThrottlingError', 'TransactionConflict')],
    [
      'try_again',
      'an attempt in progress',
      new TransactionInProgressException({ message: '', $metadata: {} }),
    ],
  ])('is %s when %s last until the deadline, which no pause passes', async (code, _, contention) => {
    const { ctx, mock, pauses } = aTable();
    const start = ctx.now().getTime();
    mock.on(TransactWriteCommand).rejects(contention);

    await expect(transact(ctx, [action])).rejects.toMatchObject({ code, cause: contention });

    expect(mock).toHaveReceivedCommandTimes(TransactWriteCommand, pauses.length + 1);
    expect(pauses.length).toBeGreaterThan(5);
    expect(ctx.now().getTime()).toBeLessThan(ctx.deadline);
    expect(ctx.now().getTime() - start).toBeGreaterThan(9_000);
  });

  test('is throttled at once when the SDK could not get past the throttling of a whole request', async () => {
    const { ctx, mock, pauses } = aTable();
    const cause = new ThrottlingException({ message: 'slow down', $metadata: {} });
    mock.on(TransactWriteCommand).rejects(cause);

    await expect(transact(ctx, [action])).rejects.toMatchObject({ code: 'throttled', cause });

    expect(pauses).toEqual([]);
  });
});

describe('a lost answer', () => {
  const action = put({ ...key('ITEM') }, { when: [absent], failed: () => gone });
  const failing = Object.assign(new Error('internal'), { $metadata: { httpStatusCode: 500 } });
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const cutOff = Object.assign(new Error('Request aborted'), { name: 'AbortError' });

  test.each([
    ['an error of the storage', failing],
    ['a broken connection', reset],
  ])('by %s is asked for again with the same client token', async (_, cause) => {
    const { ctx, mock, sent, pauses } = aTable();
    mock.on(TransactWriteCommand).rejectsOnce(cause).rejectsOnce(cause).resolves({});

    await transact(ctx, [action]);

    const [first, ...others] = sent();
    expect(others).toEqual([first, first]);
    expect(pauses).toHaveLength(2);
  });

  test('until the deadline is try_again, which says that it is not known', async () => {
    const { ctx, mock, pauses } = aTable();
    const start = ctx.now().getTime();
    mock.on(TransactWriteCommand).rejects(reset);

    const error = await transact(ctx, [action]).catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'try_again', cause: reset });
    expect(error.message).toContain('not known whether this was written');
    expect(pauses.length).toBeGreaterThan(5);
    expect(ctx.now().getTime()).toBeLessThan(ctx.deadline);
    expect(ctx.now().getTime() - start).toBeGreaterThan(9_000);
  });

  test('by the deadline itself is not asked for again', async () => {
    const { ctx, mock, pauses } = aTable();
    mock.on(TransactWriteCommand).rejects(cutOff);

    await expect(transact(ctx, [action])).rejects.toThrow('not known whether this was written');

    expect(pauses).toEqual([]);
  });

  test.each([
    ['conflicts', cancelled('TransactionConflict')],
    ['throttling', new ThrottlingException({ message: '', $metadata: {} })],
    ['the deadline', cutOff],
  ])('is still not known when %s came after it', async (_, last) => {
    const { ctx, mock } = aTable();
    mock.on(TransactWriteCommand).rejectsOnce(failing).rejects(last);

    const error = await transact(ctx, [action]).catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'try_again', cause: failing });
    expect(error.message).toContain('not known whether this was written');
  });

  test('is known when the transaction was refused after it: its token would have been answered with success', async () => {
    const { ctx, mock } = aTable();
    mock.on(TransactWriteCommand).rejectsOnce(failing).rejects(cancelled('ConditionalCheckFailed'));

    await expect(transact(ctx, [action])).rejects.toBe(gone);
  });
});

describe('what no retry can change', () => {
  test.each([
    ['ValidationError', cancelled('ValidationError')],
    ['ItemCollectionSizeLimitExceeded', cancelled('ItemCollectionSizeLimitExceeded')],
    ['a validation error beside a conflict', cancelled('TransactionConflict', 'ValidationError')],
    ['a cancellation without reasons', cancelled()],
    ['a bug', new TypeError('x is not a function')],
  ])('%s is thrown as it is', async (_, cause) => {
    const { ctx, mock, pauses } = aTable();
    mock.on(TransactWriteCommand).rejects(cause);

    await expect(transact(ctx, [put({ ...key('ITEM') })])).rejects.toBe(cause);

    expect(mock).toHaveReceivedCommandTimes(TransactWriteCommand, 1);
    expect(pauses).toEqual([]);
  });
});
