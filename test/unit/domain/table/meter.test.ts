import { ThrottlingException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { put } from '../../../../domain/table/action.ts';
import { findItem, findItems, openTable } from '../../../../domain/table/client.ts';
import { transact } from '../../../../domain/table/transact.ts';
import { aRequest, aWorld } from '../../../support/context.ts';
import { alice, aMockTable, cancelled } from '../../../support/mockTable.ts';

const key = (sk: string) => ({ pk: 'ORG#org_acme', sk });
const actions = [put({ ...key('EVENT#1') })];

function aTable() {
  const { table, mock } = aMockTable();
  return { ...aRequest(aWorld({ table }), alice), mock };
}

describe('the meter of a request', () => {
  test('adds up what its reads and writes cost, apart from each other', async () => {
    const { ctx, mock } = aTable();
    mock.on(GetCommand).resolves({ ConsumedCapacity: { CapacityUnits: 1 } });
    mock.on(BatchGetCommand).resolves({ ConsumedCapacity: [{ CapacityUnits: 2 }, { CapacityUnits: 0.5 }] });
    mock.on(TransactWriteCommand).resolves({ ConsumedCapacity: [{ CapacityUnits: 4 }] });

    await findItem(ctx, key('A'));
    await findItems(ctx, [key('A'), key('B')]);
    await transact(ctx, actions);

    expect(ctx.meter).toEqual({ readUnits: 3.5, writeUnits: 4, conflicts: 0, retries: 0 });
  });

  test('counts each conflict, and each retry that it leads to', async () => {
    const { ctx, mock } = aTable();
    mock
      .on(TransactWriteCommand)
      .rejectsOnce(cancelled('TransactionConflict'))
      .rejectsOnce(Object.assign(new Error('taken'), { name: 'TransactionConflictException' }))
      .resolves({});

    await transact(ctx, actions);

    expect(ctx.meter).toMatchObject({ conflicts: 2, retries: 2 });
  });

  test('counts throttling as a retry, not as a conflict', async () => {
    const { ctx, mock } = aTable();
    mock.on(TransactWriteCommand).rejectsOnce(cancelled('ThrottlingError')).resolves({});

    await transact(ctx, actions);

    expect(ctx.meter).toMatchObject({ conflicts: 0, retries: 1 });
  });

  test('counts what the SDK tried again by itself, whether it got through or not', async () => {
    const { ctx, mock } = aTable();
    const $metadata = { attempts: 3 };
    mock
      .on(GetCommand)
      .resolvesOnce({ $metadata })
      .rejects(new ThrottlingException({ message: 'slow down', $metadata }));

    await findItem(ctx, key('A'));
    await expect(findItem(ctx, key('A'))).rejects.toMatchObject({ code: 'throttled' });

    expect(ctx.meter.retries).toBe(4);
  });
});

test('every call asks what it costs', async () => {
  const { documents } = openTable('workspaces', { region: 'eu-central-1' });
  const sent: unknown[] = [];
  documents.middlewareStack.add(
    () => async (args) => {
      sent.push(args.input);
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize', priority: 'low' },
  );

  await documents.send(new GetCommand({ TableName: 'workspaces', Key: key('A') }));

  expect(sent).toMatchObject([{ ReturnConsumedCapacity: 'TOTAL' }]);
});
