import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll } from 'vitest';
import type { NewId } from '../../domain/ids.ts';
import { openTable, type Table } from '../../domain/table/client.ts';
import { startEngine } from '../../infra/local/dynoxide.ts';
import { createTable, engineConfig } from '../../infra/local/table.ts';
import { countedIds } from './ids.ts';

const tableName = 'workspaces';

export type TestEngine = {
  table: Table;
  /** One source of ids for all tests of the file, so that their organizations never meet. */
  newId: NewId;
  /** Another client on the same table, to hang faults on. */
  anotherTable: () => Table;
};

/**
 * An embedded DynamoDB in memory for the tests of one file, with the table of the deployed stack. Without the engine
 * the file fails; it never skips.
 */
export async function anEngine(): Promise<TestEngine> {
  const engine = await startEngine();
  const config = engineConfig(engine.endpoint);
  const tables: Table[] = [];
  afterAll(async () => {
    // The engine waits for open connections before it ends; a document client does not close its own.
    for (const { documents } of tables) documents.config.requestHandler.destroy?.();
    await engine.stop();
  });
  const client = new DynamoDBClient(config);
  await createTable(client, tableName, { hasStream: false });
  client.destroy();
  const anotherTable = () => {
    const table = openTable(tableName, config);
    tables.push(table);
    return table;
  };
  return { table: anotherTable(), newId: countedIds(), anotherTable };
}
