import { ThrottlingException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, type BatchGetCommandInput, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { findItem, findItems, query, queryAll } from '../../../../domain/table/client.ts';
import { aRequest, aWorld } from '../../../support/context.ts';
import { alice, aMockTable } from '../../../support/mockTable.ts';

const key = (n: number) => ({ pk: 'ORG#org_acme', sk: `USER#${n}` });
const keys = (count: number) => Array.from({ length: count }, (_, n) => key(n));

function aTable() {
  const { table, mock } = aMockTable();
  const batches = () =>
    mock
      .commandCalls(BatchGetCommand)
      .map((call) => (call.args[0].input as BatchGetCommandInput).RequestItems?.workspaces?.Keys);
  return { ...aRequest(aWorld({ table }), alice), mock, batches };
}

describe('one item', () => {
  test('is read consistently', async () => {
    const { ctx, mock } = aTable();
    mock.on(GetCommand).resolves({ Item: { ...key(1), name: 'a' } });

    expect(await findItem(ctx, key(1))).toEqual({ ...key(1), name: 'a' });

    expect(mock).toHaveReceivedCommandExactlyOnceWith(GetCommand, {
      TableName: 'workspaces',
      Key: key(1),
      ConsistentRead: true,
    });
  });

  test('that does not exist is nothing', async () => {
    const { ctx, mock } = aTable();
    mock.on(GetCommand).resolves({});

    expect(await findItem(ctx, key(1))).toBeUndefined();
  });
});

describe('many items', () => {
  test('are read consistently, a hundred at a time', async () => {
    const { ctx, mock, batches } = aTable();
    mock.on(BatchGetCommand).callsFake(({ RequestItems }: BatchGetCommandInput) => ({
      Responses: { workspaces: RequestItems?.workspaces?.Keys },
    }));

    expect(await findItems(ctx, keys(250))).toEqual(keys(250));

    expect(batches().map((batch) => batch?.length)).toEqual([100, 100, 50]);
    expect(mock).toHaveReceivedNthCommandWith(BatchGetCommand, 1, {
      RequestItems: { workspaces: { Keys: keys(100), ConsistentRead: true } },
    });
  });

  test('are each asked for once, also when they are named twice', async () => {
    const { ctx, mock, batches } = aTable();
    mock.on(BatchGetCommand).resolves({});

    await findItems(ctx, [key(1), key(2), { ...key(1) }]);

    expect(batches()).toEqual([[key(1), key(2)]]);
  });

  test('of which none is wanted take no call', async () => {
    const { ctx, mock } = aTable();

    expect(await findItems(ctx, [])).toEqual([]);

    expect(mock).not.toHaveReceivedAnyCommand();
  });

  test('that were not processed are asked for again, after a pause', async () => {
    const { ctx, mock, batches, pauses } = aTable();
    mock
      .on(BatchGetCommand)
      .resolvesOnce({
        Responses: { workspaces: [key(0)] },
        UnprocessedKeys: { workspaces: { Keys: [key(1), key(2)] } },
      })
      .resolvesOnce({ UnprocessedKeys: { workspaces: { Keys: [key(1), key(2)] } } })
      .resolves({ Responses: { workspaces: [key(1), key(2)] } });

    expect(await findItems(ctx, keys(3))).toEqual(keys(3));

    expect(batches()).toEqual([keys(3), [key(1), key(2)], [key(1), key(2)]]);
    expect(pauses).toHaveLength(2);
  });

  test('that are never processed are throttled at the deadline', async () => {
    const { ctx, mock } = aTable();
    mock.on(BatchGetCommand).resolves({ UnprocessedKeys: { workspaces: { Keys: [key(0)] } } });

    await expect(findItems(ctx, keys(1))).rejects.toMatchObject({ code: 'throttled' });
  });
});

describe('a partition', () => {
  test('is read consistently by the begin of its sort keys', async () => {
    const { ctx, mock } = aTable();
    mock.on(QueryCommand).resolves({ Items: [key(1)] });

    await query(ctx, { partition: 'ORG#org_acme', prefix: 'USER#', limit: 5 });

    expect(mock).toHaveReceivedCommandExactlyOnceWith(QueryCommand, {
      TableName: 'workspaces',
      ConsistentRead: true,
      KeyConditionExpression: '#p = :p AND begins_with(#s, :s)',
      ExpressionAttributeNames: { '#p': 'pk', '#s': 'sk' },
      ExpressionAttributeValues: { ':p': 'ORG#org_acme', ':s': 'USER#' },
      ScanIndexForward: true,
      Limit: 5,
    });
  });

  test('is read to its end, page after page', async () => {
    const { ctx, mock } = aTable();
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [key(1)], LastEvaluatedKey: key(1) })
      .resolvesOnce({ Items: [], LastEvaluatedKey: key(2) })
      .resolves({ Items: [key(3)] });

    expect(await Array.fromAsync(queryAll(ctx, { partition: 'P' }))).toEqual([key(1), key(3)]);

    expect(mock).toHaveReceivedNthCommandWith(QueryCommand, 3, { ExclusiveStartKey: key(2) });
  });
});

describe('reading in trouble', () => {
  test('is throttled when the SDK could not get past it', async () => {
    const { ctx, mock } = aTable();
    mock.on(GetCommand).rejects(new ThrottlingException({ message: '', $metadata: {} }));

    await expect(findItem(ctx, key(1))).rejects.toMatchObject({ code: 'throttled' });
  });

  test.each([
    ['the deadline cuts it off', { name: 'AbortError' }],
    ['the connection is reset', { code: 'ECONNRESET' }],
    ['the storage fails by itself', { name: 'InternalServerError', $metadata: { httpStatusCode: 500 } }],
  ])('is try_again when %s, and speaks of no write', async (_, properties) => {
    const { ctx, mock } = aTable();
    const cause = Object.assign(new Error('as asked'), properties);
    mock.on(GetCommand).rejects(cause);

    const error = await findItem(ctx, key(1)).catch((thrown) => thrown);

    expect(error).toMatchObject({ code: 'try_again', cause });
    expect(error.message).not.toContain('written');
  });

  test('is thrown as it is when nobody foresaw it', async () => {
    const { ctx, mock } = aTable();
    const bug = new TypeError('a bug');
    mock.on(GetCommand).rejects(bug);

    await expect(findItem(ctx, key(1))).rejects.toBe(bug);
  });
});
