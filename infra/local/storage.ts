import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CannotStart } from './cannotStart.ts';
import type { DataDirectory } from './dataDirectory.ts';
import { checkEndpoint } from './endpoint.ts';
import { tableName } from './environment.ts';
import { type KeptEngine, keepEngine } from './keptEngine.ts';
import { ensureKeys } from './keys.ts';
import type { Log } from './log.ts';
import { engineConfig, ensureTable, hasItems } from './table.ts';

export type Storage = KeptEngine & { isEmbedded: boolean };

/** The embedded DynamoDB, or the one that the settings name, which runs by itself. */
export async function openStorage(
  options: { dynamodbEndpoint?: string | undefined; engineBinary?: string | undefined },
  { table }: DataDirectory,
  log: Log,
): Promise<Storage> {
  const { dynamodbEndpoint: endpoint, engineBinary: binary } = options;
  if (endpoint === undefined)
    return { ...(await keepEngine({ dbPath: table, binary }, log)), isEmbedded: true };
  await checkEndpoint(endpoint);
  return { endpoint, isEmbedded: false, failed: new Promise(() => {}), stop: async () => {} };
}

/** Makes the table and the keys that seal what is in it, unless they are there; gives the ARN of the stream. */
export async function prepareStorage({ endpoint }: Storage, { keys }: DataDirectory): Promise<string> {
  const client = new DynamoDBClient(engineConfig(endpoint));
  const streamArn = await understood(endpoint, () => ensureTable(client, tableName));
  await ensureKeys(keys, () => understood(endpoint, () => hasItems(client, tableName)));
  return streamArn;
}

async function understood<T>(endpoint: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof CannotStart || !(cause instanceof Error)) throw cause;
    throw new CannotStart(`The DynamoDB at ${endpoint} can't be used: ${cause.name}: ${cause.message}`, {
      cause,
    });
  }
}
