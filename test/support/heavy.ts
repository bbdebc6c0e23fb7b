import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { noList } from '../../domain/accounts/accountList.ts';
import { connectionItem, connectionKey, parseOrigin } from '../../domain/connections/connection.item.ts';
import { addConnections } from '../../domain/connections/copyConnections.ts';
import { findItem, type Item } from '../../domain/table/client.ts';
import { transact } from '../../domain/table/transact.ts';
import { at, type TestConnection, type TestUser } from './builders.ts';

/** Text that takes three bytes a character and does not compress; the same at every run. */
export function longText(length: number, seed: number): string {
  let state = seed * 2_654_435_761 + 1;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return String.fromCodePoint(0x4e00 + ((state >>> 12) % 20_000));
  }).join('');
}

/** As many accounts with the longest ids and names as a request body of 5 MB holds. */
export function longAccounts(count: number, seed: number) {
  return Array.from({ length: count }, (_, n) => ({
    id: longText(128, seed * 100_000 + n),
    name: longText(256, seed * 100_000 + n + 50_000),
  }));
}

export async function writeAll({ table }: TestUser, items: Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await table.documents.send(new BatchWriteCommand({ RequestItems: { [table.name]: requests } }));
  }
}

/** Originals like `template` in its workspace, written past the routes. */
export async function moreOriginals(
  owner: TestUser,
  template: TestConnection,
  count: number,
  own: (n: number) => { name: string },
): Promise<void> {
  const { orgId } = owner.actor;
  const first = parseOrigin(await findItem(owner, connectionKey(orgId, at(template))));
  const items = Array.from({ length: count }, (_, n) => {
    const connectionId = owner.newId('con');
    return connectionItem({
      ...first,
      connectionId,
      origin: { ...first.origin, connectionId },
      accountList: noList,
      ...own(n),
    });
  });
  await writeAll(owner, items);
  await transact(owner, [addConnections(owner, template.workspaceId, count, { limit: 100_000 })]);
}
