import type { TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import type { Table } from '../../domain/table/client.ts';
import { type Fault, tableThrough } from './faults.ts';

/** What went over the wire: calls by command, actions of the transactions, read and write units. */
export type Measured = { calls: Record<string, number>; actions: number[]; units: number };

type Metered = { ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[] };

/** A client that counts what it sends. */
export function measured(table: Table, ...faults: Fault[]): { table: Table; seen: Measured } {
  const seen: Measured = { calls: {}, actions: [], units: 0 };
  const counting: Fault = async ({ command, input }, proceed) => {
    seen.calls[command] = (seen.calls[command] ?? 0) + 1;
    const { TransactItems } = input as Partial<TransactWriteItemsCommandInput>;
    if (TransactItems) seen.actions.push(TransactItems.length);
    const answer = await proceed();
    const { ConsumedCapacity = [] } = (answer as { output: Metered }).output;
    for (const { CapacityUnits = 0 } of [ConsumedCapacity].flat()) seen.units += CapacityUnits;
    return answer;
  };
  return { table: tableThrough(table, counting, ...faults), seen };
}
