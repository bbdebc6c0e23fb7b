import { createHash } from 'node:crypto';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { type Account, parseAccountPage } from '../../../../domain/accounts/accountList.item.ts';
import {
  type ListState,
  mostAccounts,
  noList,
  ordinalsOf,
  ReportedAccounts,
  readAccounts,
  replaceAccounts,
} from '../../../../domain/accounts/accountList.ts';
import { accountSet, firstAccounts, noAccounts } from '../../../../domain/accounts/accountSet.ts';
import { mostOrdinals } from '../../../../domain/accounts/ordinals.ts';
import { DomainError } from '../../../../domain/errors.ts';
import { ConnectionId, OrgId, WorkspaceId } from '../../../../domain/ids.ts';
import type { Action } from '../../../../domain/table/action.ts';
import type { Item } from '../../../../domain/table/client.ts';
import { Stale } from '../../../../domain/table/transact.ts';
import { someAccounts } from '../../../support/builders.ts';
import { aContext, aWorld } from '../../../support/context.ts';
import { alice, aMockTable } from '../../../support/mockTable.ts';

const owner = {
  orgId: OrgId.parse('org_acme'),
  workspaceId: WorkspaceId.parse('wsp_1'),
  connectionId: ConnectionId.parse('con_1'),
};

/** A list that is replaced again and again, with the pages that the actions leave in the table. */
function aList() {
  const pages = new Map<string, Item>();
  let state: ListState = noList;
  const accounts = (): Account[] =>
    [...pages.values()]
      .sort((a, b) => (a.sk < b.sk ? -1 : 1))
      .flatMap((page) => parseAccountPage(page).accounts);
  const perform = ({ key, write }: Action) => {
    if (write.kind === 'put') pages.set(key.sk, write.item);
    if (write.kind === 'delete') pages.delete(key.sk);
  };
  const replace = (reported: ReportedAccounts, selected = noAccounts) => {
    const replaced = replaceAccounts(owner, state, accounts(), reported, selected);
    replaced.actions.forEach(perform);
    state = replaced.state;
    return replaced;
  };
  return { replace, accounts, pages, state: () => state };
}

function thrownBy(attempt: () => unknown): DomainError {
  try {
    attempt();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('It was expected to be refused and was not.');
}

function bytesOf(write: Action['write']): number {
  return write.kind === 'put' && write.item.accounts instanceof Uint8Array ? write.item.accounts.length : 0;
}

describe('a list that is replaced', () => {
  test('begins with accounts numbered in the order they are reported, kept sorted by id', () => {
    const list = aList();

    list.replace(someAccounts('b', 'a', 'c'));

    expect(list.accounts()).toEqual([
      { ordinal: 1, id: 'a', name: 'Account a' },
      { ordinal: 0, id: 'b', name: 'Account b' },
      { ordinal: 2, id: 'c', name: 'Account c' },
    ]);
    expect(list.state()).toEqual({
      version: 1,
      pages: 1,
      nextOrdinal: 3,
      available: accountSet([0, 1, 2]),
      storedPages: 1,
    });
  });

  test('keeps the ordinal of an account that stays, under whatever name and place', () => {
    const list = aList();
    list.replace(someAccounts('a', 'b', 'c'));

    list.replace([{ id: 'c', name: 'Renamed' }, ...someAccounts('b', 'd', 'a')]);

    expect(list.accounts()).toEqual([
      { ordinal: 0, id: 'a', name: 'Account a' },
      { ordinal: 1, id: 'b', name: 'Account b' },
      { ordinal: 2, id: 'c', name: 'Renamed' },
      { ordinal: 3, id: 'd', name: 'Account d' },
    ]);
  });

  test('keeps a lost account with its name and since when, and names it as lost once', () => {
    const list = aList();
    list.replace(someAccounts('a', 'b'));

    const first = list.replace(someAccounts('a'));
    const second = list.replace(someAccounts('a'));

    expect(first.lost).toEqual([{ ordinal: 1, id: 'b', name: 'Account b' }]);
    expect(second.lost).toEqual([]);
    expect(list.accounts()).toEqual([
      { ordinal: 0, id: 'a', name: 'Account a' },
      { ordinal: 1, id: 'b', name: 'Account b', lostIn: 2 },
    ]);
    expect(list.state().available).toEqual(accountSet([0]));
  });

  test('gives an account that comes back its ordinal, so that old selections have it again', () => {
    const list = aList();
    list.replace(someAccounts('a', 'b'));
    list.replace(someAccounts('a'));

    list.replace(someAccounts('b', 'a', 'c'));

    expect(list.accounts()).toEqual([
      { ordinal: 0, id: 'a', name: 'Account a' },
      { ordinal: 1, id: 'b', name: 'Account b' },
      { ordinal: 2, id: 'c', name: 'Account c' },
    ]);
  });

  test('never gives an ordinal twice, also when the last account was lost', () => {
    const list = aList();
    list.replace(someAccounts('a', 'b'));
    list.replace([]);

    list.replace(someAccounts('c'));

    expect(list.accounts().map(({ id, ordinal }) => [id, ordinal])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
    ]);
  });

  test('forgets the longest lost accounts when it remembers 10,000', () => {
    const list = aList();
    const many = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, n) => ({ id: `${prefix}${n}`, name: '' }));
    list.replace(many('old', 10));
    list.replace(many('new', mostAccounts));

    list.replace([]);

    expect(list.accounts()).toHaveLength(10_000);
    expect(list.accounts().every(({ id }) => id.startsWith('new'))).toBe(true);
  });

  test('remembers how many pages it ever had, for when they are deleted', () => {
    const list = aList();
    const named = (name: string) => Array.from({ length: 2_000 }, (_, n) => ({ id: `account-${n}`, name }));
    list.replace(named('x'.repeat(256)));

    list.replace(named(''));

    expect(list.state()).toMatchObject({ pages: 1, storedPages: 3 });
    expect(list.pages.size).toBe(3);
  });

  test('forgets lost accounts rather than outgrow its transaction', () => {
    const list = aList();
    const incompressible = (from: number) =>
      Array.from({ length: mostAccounts }, (_, n) => ({
        id: `account-${from + n}`,
        name: createHash('sha512')
          .update(String(from + n))
          .digest('base64')
          .repeat(2),
      }));
    list.replace(incompressible(0));

    const { actions } = list.replace(incompressible(mostAccounts));

    const bytes = actions.reduce((sum, { write }) => sum + bytesOf(write), 0);
    expect(bytes).toBeLessThan(3 * 1024 * 1024);
    expect(actions.length).toBeLessThanOrEqual(40);
    expect(list.accounts().filter(({ lostIn }) => lostIn === undefined)).toHaveLength(mostAccounts);
  });

  test('takes pages of at most 200 KB, so that none outgrows an item', () => {
    const list = aList();

    list.replace(Array.from({ length: 5_000 }, (_, n) => ({ id: `account-${n}`, name: 'x'.repeat(256) })));

    expect(list.pages.size).toBe(8);
    expect(list.state().pages).toBe(8);
    expect(list.accounts()).toHaveLength(5_000);
  });
});

describe('the ordinals of a list whose accounts change all the time', () => {
  const fresh = (round: number, count = 5_000) =>
    Array.from({ length: count }, (_, n) => ({ id: `round-${round}-${n}`, name: '' }));
  const ordinalsIn = (accounts: readonly Account[], prefix: string) =>
    accountSet(accounts.filter(({ id }) => id.startsWith(prefix)).map(({ ordinal }) => ordinal));

  test('are used again once an account is forgotten, so that they stay bounded', () => {
    const list = aList();

    for (let round = 0; round < 12; round++) list.replace(fresh(round));

    expect(list.state().nextOrdinal).toBe(15_000);
    expect(list.state().reusedIn).toBe(12);
    expect(list.state().available.length).toBeLessThanOrEqual(1_875);
    expect(new Set(list.accounts().map(({ ordinal }) => ordinal)).size).toBe(list.accounts().length);
  });

  test('are used again from the lowest on', () => {
    const list = aList();
    for (let round = 0; round < 3; round++) list.replace(fresh(round));

    list.replace(fresh(3, 3));

    expect(ordinalsIn(list.accounts(), 'round-3-')).toEqual(accountSet([0, 1, 2]));
  });

  test('are never used again where a connection has selected them by name', () => {
    const list = aList();
    list.replace(fresh(0));
    const selected = accountSet([0, 2]);
    for (let round = 1; round < 3; round++) list.replace(fresh(round), selected);

    list.replace(fresh(3, 3), selected);

    expect(ordinalsIn(list.accounts(), 'round-3-')).toEqual(accountSet([1, 3, 4]));
  });

  test('are refused by name when all were selected, and only to who brings accounts that are new', () => {
    const list = aList();
    list.replace(someAccounts('a', 'b'));
    const selected = firstAccounts(mostOrdinals);

    const refusal = thrownBy(() => list.replace(someAccounts('a', 'b', 'c'), selected));
    list.replace([{ id: 'b', name: 'Renamed' }], selected);

    expect(refusal.code).toBe('payload_too_large');
    expect(refusal.message).toContain('connect the data source again');
    expect(list.accounts()).toMatchObject([{ id: 'a', lostIn: 2 }, { name: 'Renamed' }]);
  });
});

describe('reading a list', () => {
  function aStoredList(change: (pages: Item[]) => Item[]) {
    const { table, mock } = aMockTable();
    const list = aList();
    list.replace(Array.from({ length: 2_000 }, (_, n) => ({ id: `account-${n}`, name: 'x'.repeat(256) })));
    const pages = change([...list.pages.values()]);
    mock.on(BatchGetCommand).resolves({ Responses: { workspaces: pages } });
    return { ctx: aContext(aWorld({ table }), alice), list, mock };
  }

  test('gives all pages in order, however they come', async () => {
    const { ctx, list } = aStoredList((pages) => pages.reverse());

    expect(await readAccounts(ctx, owner, list.state())).toEqual(list.accounts());
  });

  test.each<[string, (pages: Item[]) => Item[]]>([
    ['a page is of a newer list', ([first, ...rest]) => [{ ...(first as Item), version: 2 }, ...rest]],
    ['a page is missing', ([, ...rest]) => rest],
  ])('is stale when %s', async (_, change) => {
    const { ctx, list } = aStoredList(change);

    await expect(readAccounts(ctx, owner, list.state())).rejects.toBeInstanceOf(Stale);
  });

  test('of nothing asks for nothing', async () => {
    const { ctx, mock } = aStoredList((pages) => pages);

    expect(await readAccounts(ctx, owner, noList)).toEqual([]);

    expect(mock).not.toHaveReceivedAnyCommand();
  });
});

describe('naming accounts', () => {
  const accounts: Account[] = [
    { ordinal: 4, id: 'a', name: 'A' },
    { ordinal: 2, id: 'b', name: 'B', lostIn: 3 },
    { ordinal: 9, id: 'c', name: 'C' },
  ];
  const isPresent = ({ lostIn }: Account) => lostIn === undefined;

  test('gives the set of their ordinals', () => {
    expect(ordinalsOf(accounts, ['c', 'a'], isPresent, '#/accountIds')).toEqual(accountSet([4, 9]));
  });

  test('refuses all that can not be selected, each by where it stands in the request', () => {
    const naming = () => ordinalsOf(accounts, ['a', 'b', 'x'], isPresent, '#/connections/0/accountIds');

    expect(naming).toThrow(
      expect.objectContaining({
        code: 'account_not_available',
        extra: {
          errorCount: 2,
          accountIds: ['b', 'x'],
          errors: [
            { pointer: '#/connections/0/accountIds/1', detail: "Account b can't be selected here." },
            { pointer: '#/connections/0/accountIds/2', detail: "Account x can't be selected here." },
          ],
        },
      }),
    );
  });
});

test('names the first 100 accounts that can not be selected, and how many there are', () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => `${n}`.padStart(128, 'x'));

  const refusal = thrownBy(() => ordinalsOf([], ids, () => true, '#/accountIds'));

  const { errors, accountIds, errorCount } = refusal.extra;
  expect([errors, accountIds, errorCount]).toMatchObject([{ length: 100 }, { length: 100 }, 10_000]);
  expect(JSON.stringify(refusal.extra).length).toBeLessThan(50_000);
});

describe('reported accounts', () => {
  const accepts = (value: unknown) => ReportedAccounts.safeParse(value).success;
  const some = (count: number) => Array.from({ length: count }, (_, n) => ({ id: String(n), name: '' }));

  test('may be none and up to 10,000', () => {
    expect([accepts([]), accepts(some(10_000)), accepts(some(10_001))]).toEqual([true, true, false]);
  });

  test('have ids of 1 to 128 characters, each once', () => {
    const id = (length: number) => [{ id: 'x'.repeat(length), name: '' }];

    expect([0, 1, 128, 129].map((length) => accepts(id(length)))).toEqual([false, true, true, false]);
    expect(accepts(someAccounts('a', 'b', 'a'))).toBe(false);
  });

  test('have names of up to 256 characters and nothing else', () => {
    const name = (length: number) => [{ id: 'a', name: 'x'.repeat(length) }];

    expect([0, 256, 257].map((length) => accepts(name(length)))).toEqual([true, true, false]);
    expect(accepts([{ id: 'a', name: 'A', selected: true }])).toBe(false);
  });
});
