import type { AttributeValue, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../domain/table/client.ts';
import { type Fault, tableThrough } from './faults.ts';

/** The largest item and the largest transaction that were written, in bytes, and where the item stands. */
export type Weighed = { item: number; at: string; transaction: number };

/**
 * A client that weighs what it writes. An update is weighed as the item that it leaves behind.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function weighing(table: Table): { table: Table; seen: Weighed } {
  const seen: Weighed = { item: 0, at: '', transaction: 0 };
  const weigh = (item: Record<string, AttributeValue> | undefined): number => {
    const bytes = mapBytes(item ?? {});
    if (bytes > seen.item) Object.assign(seen, { item: bytes, at: `${item?.pk?.S} ${item?.sk?.S}` });
    return bytes;
  };
  const watch: Fault = async ({ input }, proceed) => {
    const { TransactItems, Item } = input as Partial<TransactWriteItemsCommandInput> & {
      Item?: Record<string, AttributeValue>;
    };
    if (Item) weigh(Item);
    const bytes = (TransactItems ?? []).map(({ Put, Update, Delete, ConditionCheck }) =>
      Put ? weigh(Put.Item) : mapBytes((Update ?? Delete ?? ConditionCheck)?.ExpressionAttributeValues ?? {}),
    );
    seen.transaction = Math.max(
      seen.transaction,
      bytes.reduce((sum, size) => sum + size, 0),
    );
    return proceed();
  };
  return { table: tableThrough(table, watch), seen };
}

/** The size of a stored item. */
export function mapBytes(item: Record<string, AttributeValue>): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.B !== undefined) return value.B.length;
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.SS) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 3);
  if (value.L) return value.L.reduce((sum, one) => sum + valueBytes(one) + 1, 3);
  if (value.M) return mapBytes(value.M) + 3 + Object.keys(value.M).length;
  return 1;
}
