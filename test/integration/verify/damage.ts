import { isDeepStrictEqual } from 'node:util';
import {
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Item, Key, Table } from '../../../domain/table/client.ts';
import { everything } from '../../support/state.ts';

/** Writes past the domain. */
export type Damage = {
  add(key: Key, path: string, by?: number): Promise<unknown>;
  set(key: Key, path: string, value: unknown): Promise<unknown>;
  unset(key: Key, path: string): Promise<unknown>;
  put(item: Item): Promise<unknown>;
  remove(key: Key): Promise<unknown>;
  read(key: Key): Promise<Item>;
};

export function damageTo({ name: TableName, documents }: Table): Damage {
  const update = (Key: Key, path: string, expression: string, value?: unknown) => {
    const names = path.split('.').map((part, n) => [`#p${n}`, part] as const);
    return documents.send(
      new UpdateCommand({
        TableName,
        Key,
        UpdateExpression: expression.replace('PATH', names.map(([placeholder]) => placeholder).join('.')),
        ExpressionAttributeNames: Object.fromEntries(names),
        ...(value !== undefined && { ExpressionAttributeValues: { ':value': value } }),
      }),
    );
  };
  return {
    add: (key, path, by = 1) => update(key, path, 'ADD PATH :value', by),
    set: (key, path, value) => update(key, path, 'SET PATH = :value', value),
    unset: (key, path) => update(key, path, 'REMOVE PATH'),
    put: (Item) => documents.send(new PutCommand({ TableName, Item })),
    remove: (Key) => documents.send(new DeleteCommand({ TableName, Key })),
    async read(Key) {
      const { Item: found } = await documents.send(new GetCommand({ TableName, Key }));
      if (!found) throw new Error(`There is nothing at ${Key.pk} ${Key.sk} to damage.`);
      // The keys of the table's schema are strings.
      return found as Item;
    },
  };
}

/** Puts a table back to what it was when this was called. */
export async function restoring(table: Table): Promise<() => Promise<void>> {
  const before = await byId(table);
  return async () => {
    const now = await byId(table);
    const added = [...now].filter(([id]) => !before.has(id));
    const changed = [...before].filter(([id, item]) => !isDeepStrictEqual(now.get(id), item));
    const requests = [
      ...added.map(([, { pk, sk }]) => ({ DeleteRequest: { Key: { pk, sk } } })),
      ...changed.map(([, Item]) => ({ PutRequest: { Item } })),
    ];
    for (let start = 0; start < requests.length; start += batchSize) {
      const RequestItems = { [table.name]: requests.slice(start, start + batchSize) };
      await table.documents.send(new BatchWriteCommand({ RequestItems }));
    }
  };
}

/** BatchWriteItem takes 25 items: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchSize = 25;

async function byId(table: Table): Promise<Map<string, Item>> {
  return new Map((await everything(table)).map((item) => [`${item.pk}\n${item.sk}`, item]));
}
