import { expect, test } from 'vitest';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import type { ConnectionId, WorkspaceId } from '../../../domain/ids.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { aConnection, anOrganization, aWorkspace, type TestUser } from '../../support/builders.ts';
import { aWorld, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { operationOf, untilDone } from '../../support/operations.ts';

const engine = await anEngine();

/** Ids that do not compress: sixteen digits from a counter that a fixed multiplication scatters. */
function scatteredIds(count: number, seed: number): string[] {
  return Array.from({ length: count }, (_, n) =>
    String((BigInt(seed * count + n + 1) * 7_640_891_576_956_012_809n) % 10n ** 16n).padStart(16, '0'),
  );
}

/** A workspace with so many originals, the nth with the accounts `ids(n)`. */
async function aWorkspaceWith(owner: TestUser, count: number, ids: (n: number) => string[]) {
  const { workspaceId } = await aWorkspace(owner);
  const connectionIds: ConnectionId[] = [];
  for (let n = 0; n < count; n++) {
    const accounts = ids(n).map((id) => ({ id, name: 'n' }));
    connectionIds.push((await aConnection(owner, workspaceId, { accounts })).connectionId);
  }
  return { workspaceId, connectionIds };
}

async function selectedIn(owner: TestUser, workspaceId: WorkspaceId, connectionId: ConnectionId) {
  const { items } = await listAccounts(owner, { workspaceId, connectionId }, { limit: 100 });
  return items.filter(({ selected }) => selected).map(({ accountId }) => accountId);
}

test('an update selects hundreds of accounts in each of ninety connections', async () => {
  const world = aWorld(engine);
  const { owner, orgId } = await anOrganization(world);
  const count = 90;
  const ids = (n: number) => scatteredIds(900, n);
  const { workspaceId, connectionIds } = await aWorkspaceWith(owner, count, ids);
  const accounts = connectionIds.map((connectionId, n) => ({
    connectionId,
    accountIds: ids(n).slice(0, 899),
  }));

  const accepted = await updateWorkspace(
    owner,
    workspaceId,
    UpdateWorkspace.parse({ connections: { accounts } }),
  );
  const ended = await untilDone(world, orgId, operationOf(accepted));

  expect(ended).toMatchObject({ done: count, skippedCount: 0 });
  const views = [];
  for (let cursor: string | undefined; ; ) {
    const page = await listConnections(owner, workspaceId, { limit: 100, ...(cursor && { cursor }) });
    views.push(...page.items);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  const selected = views.filter(({ accounts: { mode } }) => mode === 'selected');
  expect(selected.map(({ accounts: { selected: n } }) => n)).toEqual(
    Array.from({ length: count }, () => 899),
  );
  expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
});

test('what was selected stands in each connection when the operation is done', async () => {
  const world = aWorld(engine);
  const { owner, orgId } = await anOrganization(world);
  const { workspaceId, connectionIds } = await aWorkspaceWith(owner, 150, (n) => [`a${n}`, `b${n}`, `c${n}`]);
  const accounts = connectionIds.map((connectionId, n) => ({
    connectionId,
    accountIds: n % 3 === 0 ? ('all' as const) : [`b${n}`],
  }));

  const accepted = await updateWorkspace(
    owner,
    workspaceId,
    UpdateWorkspace.parse({ connections: { accounts } }),
  );
  await untilDone(world, orgId, operationOf(accepted));

  for (const [n, connectionId] of connectionIds.entries())
    expect(await selectedIn(owner, workspaceId, connectionId)).toEqual(
      n % 3 === 0 ? [`a${n}`, `b${n}`, `c${n}`] : [`b${n}`],
    );
});

test('selections are read side by side: 600 of them in a few rounds to the table', async () => {
  const world = aWorld(engine);
  const { owner } = await anOrganization(world);
  const { workspaceId, connectionIds } = await aWorkspaceWith(owner, 600, () => ['a1', 'a2']);
  const accounts = connectionIds.map((connectionId) => ({ connectionId, accountIds: ['a1'] }));
  const table = engine.anotherTable();
  let underWay = 0;
  let rounds = 0;
  table.documents.middlewareStack.add(
    (next) => async (args) => {
      if (underWay === 0) rounds += 1;
      underWay += 1;
      try {
        return await next(args);
      } finally {
        underWay -= 1;
      }
    },
    { step: 'initialize', priority: 'high', name: 'rounds' },
  );

  await updateWorkspace(
    changed(owner, { table }),
    workspaceId,
    UpdateWorkspace.parse({ connections: { accounts } }),
  );

  expect(rounds).toBeLessThan(40);
});
