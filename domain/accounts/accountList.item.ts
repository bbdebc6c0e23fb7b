import * as z from 'zod/mini';
import type { ConnectionId, OrgId, WorkspaceId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import { compress, expand } from '../table/compressed.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';

/** An account of a lineage. A lost one is kept, so that those who selected it can be told its name. */
export type Account = {
  ordinal: number;
  id: string;
  name: string;
  /** The version of the list from which on it was missing. */
  lostIn?: number;
};

/** Where an origin's list of accounts stands. */
export type ListOwner = { orgId: OrgId; workspaceId: WorkspaceId; connectionId: ConnectionId };

const page = z.object({
  version: z.int(),
  accounts: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
});
const entry = z.tuple([z.int(), z.string(), z.string(), z.int()]);

/** A page stays well under the 400 KB of an item even when its names do not compress. */
const bytesPerPage = 200 * 1024;

export function accountPageKey(owner: ListOwner, pageNumber: number): Key {
  const suffix = String(pageNumber).padStart(4, '0');
  return {
    pk: workspacePartition(owner.orgId, owner.workspaceId),
    sk: `ACCOUNTS#${owner.connectionId}#${suffix}`,
  };
}

/** The list in pages, sorted by account id. A newer version overwrites the pages of the older in one transaction. */
export function accountPageItems(
  owner: ListOwner,
  version: number,
  accounts: readonly Account[],
): (Item & { accounts: Uint8Array })[] {
  return paged(accounts).map((entries, n) => ({
    ...accountPageKey(owner, n),
    version,
    accounts: compress(entries.map(({ ordinal, id, name, lostIn }) => [ordinal, id, name, lostIn ?? 0])),
  }));
}

function paged(accounts: readonly Account[]): Account[][] {
  const pages: Account[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const account of accounts) {
    const added = Buffer.byteLength(account.id) + Buffer.byteLength(account.name) + 24;
    if (bytes + added > bytesPerPage) {
      pages.push([]);
      bytes = 0;
    }
    pages.at(-1)?.push(account);
    bytes += added;
  }
  return pages;
}

export function parseAccountPage(item: unknown): { version: number; accounts: Account[] } {
  const { version, accounts } = z.parse(page, item);
  const entries = z.parse(z.array(entry), expand(accounts));
  return {
    version,
    accounts: entries.map(([ordinal, id, name, lostIn]) => ({
      ordinal,
      id,
      name,
      ...(lostIn > 0 && { lostIn }),
    })),
  };
}
