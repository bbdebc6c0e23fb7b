import { expect, test } from 'vitest';
import { searchAccounts } from '../../../domain/connections/searchAccounts.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, type TestUser } from '../../support/builders.ts';
import { aRequest, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';

const engine = await anEngine();

/** A list of some 4 MB: 20 pages. */
const longList = Array.from({ length: 10_000 }, (_, n) => ({
  id: `account-${n}`.padEnd(128, 'x'),
  name: 'n'.repeat(256),
}));

/** Walks the search; gives the number of pages and what was found. */
async function walk(reader: TestUser, search: string) {
  const found: string[] = [];
  let [pages, cursor]: [number, string | undefined] = [0, undefined];
  do {
    const page: Awaited<ReturnType<typeof searchAccounts>> = await searchAccounts(reader, {
      limit: 100,
      search,
      cursor,
    });
    found.push(...page.items.map(({ accountId }) => accountId));
    pages += 1;
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return { pages, found };
}

test('a page of a search ends by the accounts that it has read, and the walk is complete', async () => {
  const { owner, home } = await anAgency(engine);
  for (let n = 0; n < 12; n++) await aConnection(owner, home.workspaceId, { accounts: longList });
  await aConnection(owner, home.workspaceId, { accounts: [{ id: 'needle', name: 'Needle' }] });
  let listPages = 0;
  const table = tableThrough(engine.anotherTable(), (sent, proceed) => {
    if (sent.command === 'BatchGetItem')
      listPages += (JSON.stringify(sent.input).match(/ACCOUNTS#/g) ?? []).length;
    return proceed();
  });

  const first = await searchAccounts(changed(owner, { table }), { limit: 100, search: 'needle' });
  const { pages, found } = await walk(owner, 'needle');

  expect(first.nextCursor).not.toBeNull();
  expect(listPages).toBe(200);
  expect(pages).toBe(2);
  expect(found).toEqual(['needle']);
});

test('a page of a search ends when half of its time is gone, and the walk gets on', async () => {
  const { owner, world, home } = await anAgency(engine);
  for (let n = 0; n < 60; n++)
    await aConnection(owner, home.workspaceId, { accounts: [{ id: `a${n}`, name: '' }] });
  const slow = tableThrough(engine.anotherTable(), (sent, proceed) => {
    if (sent.command === 'Query' && JSON.stringify(sent.input).includes('"CONNECTION#"'))
      world.clock.advance(1_000);
    return proceed();
  });
  const found: string[] = [];
  let [pages, cursor]: [number, string | undefined] = [0, undefined];

  do {
    const deadline = world.clock.now().getTime() + 5_000;
    const { ctx } = aRequest(world, owner.actor, { table: slow });
    const page: Awaited<ReturnType<typeof searchAccounts>> = await searchAccounts(
      { ...ctx, deadline },
      { limit: 100, cursor },
    );
    found.push(...page.items.map(({ accountId }) => accountId));
    pages += 1;
    cursor = page.nextCursor ?? undefined;
  } while (cursor);

  expect(pages).toBeGreaterThan(1);
  expect(new Set(found).size).toBe(60);
});
