import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { aCopy, at, aWorkspace, someAccounts, type TestUser } from '../../support/builders.ts';
import { aChain, aLargeChain, type Chain } from '../../support/chain.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { type Fault, tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { race } from '../../support/race.ts';
import { codeOf, type Outcome, together } from '../../support/state.ts';

const engine = await anEngine();

/** Ways to take account a2 of a source that follows its parent, by which it is no longer offered. */
const takings: Record<string, (chain: Chain, taker: TestUser) => Promise<unknown>> = {
  'a copy': ({ parent, target }, taker) => aCopy(taker, parent, target.workspaceId, ['a2']),
  'a new workspace with a copy': ({ parent }, taker) =>
    aWorkspace(taker, { connections: [{ ...at(parent), accountIds: ['a2'] }] }),
  'an update of a workspace by a copy': ({ parent, target }, taker) =>
    updateWorkspace(taker, target.workspaceId, {
      connections: { add: [{ ...at(parent), accountIds: ['a2'] }] },
    }),
  'another selection of a copy': ({ copy }, taker) =>
    updateConnection(taker, at(copy), { accountIds: ['a1', 'a2'] }),
  'an update of a workspace by another selection': ({ copy, client }, taker) =>
    updateWorkspace(taker, client.workspaceId, {
      connections: { accounts: [{ connectionId: copy.connectionId, accountIds: ['a1', 'a2'] }] },
    }),
  'a selection of what the connection followed so far': async ({ owner, copy }, taker) => {
    await updateConnection(owner, at(copy), { accountIds: 'all' });
    return updateConnection(taker, at(copy), { accountIds: ['a2'] });
  },
};

/** Ways in which an ancestor of the source stops offering account a2. */
const narrowings: Record<string, (chain: Chain) => Promise<unknown>> = {
  'the original has selected fewer': ({ owner, original }) =>
    updateConnection(owner, at(original), { accountIds: ['a1', 'a3'] }),
  'the grandparent has selected fewer': ({ owner, grandparent }) =>
    updateConnection(owner, at(grandparent), { accountIds: ['a1'] }),
  'the data source offers fewer': ({ owner, original }) =>
    reconnect(owner, at(original), {
      credentials: {},
      accounts: someAccounts('a1', 'a3'),
      acceptAccountLoss: true,
    }),
};

/** Runs something before the nth command, and tells whether it came to that. */
function beforeCommand(n: number, meanwhile: () => Promise<unknown>): { fault: Fault; came: () => boolean } {
  let sent = 0;
  const fault: Fault = async (_, proceed) => {
    sent += 1;
    if (sent === n) await meanwhile();
    return proceed();
  };
  return { fault, came: () => sent >= n };
}

const pairs = Object.keys(takings).flatMap((taking) =>
  Object.keys(narrowings).map((by) => [taking, by] as const),
);

test.each(pairs)('%s takes no account that %s, whenever that was', async (taking, by) => {
  const codes: string[] = [];
  for (let n = 1, isOver = false; !isOver; n++) {
    const chain = await aChain(engine);
    const { fault, came } = beforeCommand(n, async () => narrowings[by]?.(chain));
    const taker = changed(chain.owner, { table: tableThrough(engine.anotherTable(), fault) });

    const [outcome] = await together(async () => takings[taking]?.(chain, taker));

    isOver = !came();
    codes.push(codeOf(outcome));
    expect(await brokenInvariants(engine.table, chain.orgId)).toEqual([]);
  }

  expect(codes.length).toBeGreaterThan(3);
  expect(codes.slice(0, -1)).toEqual(codes.slice(0, -1).map(() => 'account_not_available'));
  expect(codes.at(-1)).toBe('done');
});

/** The nth batch shows the origin as it was after a change, and everything else as it was before it. */
function originReadLast(n: number, change: () => Promise<unknown>): { fault: Fault; came: () => boolean } {
  let batches = 0;
  const fault: Fault = async (sent, proceed) => {
    if (sent.command !== 'BatchGetItem') return proceed();
    batches += 1;
    if (batches !== n) return proceed();
    const before = await proceed();
    await change();
    const [older, newer] = [itemsOf(before), itemsOf(await proceed())];
    for (const [place, item] of older.entries()) {
      const later = newer.find(({ pk, sk }) => isDeepStrictEqual([pk, sk], [item.pk, item.sk]));
      if (later && 'lineageCount' in item) older[place] = later;
    }
    return before;
  };
  return { fault, came: () => batches >= n };
}

function itemsOf(answer: unknown): Record<string, unknown>[] {
  const { Responses = {} } = (answer as { output: { Responses?: Record<string, Record<string, unknown>[]> } })
    .output;
  return Object.values(Responses)[0] ?? [];
}

test.each(Object.keys(takings))(
  '%s takes no account that the grandparent stopped offering, also when a batch shows the origin later than it',
  async (taking) => {
    const codes: string[] = [];
    for (let n = 1, isOver = false; !isOver; n++) {
      const chain = await aChain(engine);
      const narrow = () => updateConnection(chain.owner, at(chain.grandparent), { accountIds: ['a1'] });
      const { fault, came } = originReadLast(n, narrow);
      const taker = changed(chain.owner, { table: tableThrough(engine.anotherTable(), fault) });

      const [outcome] = await together(async () => takings[taking]?.(chain, taker));

      isOver = !came();
      codes.push(codeOf(outcome));
    }

    expect(codes.length).toBeGreaterThan(2);
    expect(codes.slice(0, -1)).toEqual(codes.slice(0, -1).map(() => 'account_not_available'));
    expect(codes.at(-1)).toBe('done');
  },
);

test.each(Object.keys(takings))(
  '%s and a grandparent that selects fewer: the first of the two decides',
  async (taking) => {
    let round = 0;
    await race(
      engine,
      () => aChain(engine),
      [
        ({ grandparent, owner }, as) => updateConnection(as(owner), at(grandparent), { accountIds: ['a1'] }),
        (chain, as) => takings[taking]?.(chain, as(chain.owner)) ?? Promise.reject(new Error('no such way')),
      ],
      (codes) => {
        const order = round % 3;
        round += 1;
        const allowed = [
          ['done', 'account_not_available'],
          ['done', 'done'],
        ];
        // In every third round they run freely.
        expect(order === 2 ? allowed : [allowed[order]]).toContainEqual(codes);
      },
      { rounds: 9 },
    );
  },
);

test('a connection without copies that selects fewer, while it is copied and that copy is copied from: the account is not taken afterwards', async () => {
  const { owner, copy, target } = await aChain(engine);
  await updateConnection(owner, at(copy), { accountIds: ['a1', 'a2'] });
  const between = await aWorkspace(owner, { name: 'Between' });
  const [isAboutToTake, isNarrowed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const waits = beforeFirstWrite(() => {
    isAboutToTake.resolve();
    return isNarrowed.promise;
  });
  const taker = changed(owner, { table: tableThrough(engine.anotherTable(), waits) });
  let taken: Promise<Outcome[]> = Promise.resolve([]);
  const copied = beforeFirstWrite(async () => {
    const follower = await aCopy(owner, copy, between.workspaceId);
    await updateConnection(owner, at(follower), { accountIds: 'all' });
    taken = together(() => aCopy(taker, follower, target.workspaceId, ['a2']));
    await isAboutToTake.promise;
  });
  const narrower = changed(owner, { table: tableThrough(engine.anotherTable(), copied) });

  await updateConnection(narrower, at(copy), { accountIds: ['a1'] });
  isNarrowed.resolve();

  expect((await taken).map(codeOf)).toEqual(['account_not_available']);
});

describe('a step of an operation takes no account that its source stopped offering', () => {
  test('when it copies', async () => {
    const chain = await aLargeChain(engine);
    const { world, orgId, owner, parent, grandparent, target, others } = chain;
    const copied = await copyConnections(owner, target.workspaceId, {
      connections: [{ ...at(parent), accountIds: ['a2'] }, ...others.map(at)],
    });
    const operationId = operationOf('operation' in copied ? copied : null);
    const narrow = beforeFirstWrite(() => updateConnection(owner, at(grandparent), { accountIds: ['a1'] }));
    const table = tableThrough(engine.anotherTable(), narrow);

    await deliver(world, await readOperation(world, orgId, operationId), table);
    await untilDone(world, orgId, operationId);

    const { skipped } = await getOperation(owner, operationId);
    expect(skipped).toEqual([{ ...at(parent), code: 'account_not_available' }]);
  });

  test('when it changes selections', async () => {
    const chain = await aLargeChain(engine);
    const { world, orgId, owner, copy, grandparent, client, others } = chain;
    const accounts = [
      { connectionId: copy.connectionId, accountIds: ['a1', 'a2'] },
      ...others.map(({ connectionId }) => ({ connectionId, accountIds: ['a1'] })),
    ];
    const answer = await updateWorkspace(owner, client.workspaceId, { connections: { accounts } });
    const operationId = operationOf(answer);
    const narrow = beforeFirstWrite(() => updateConnection(owner, at(grandparent), { accountIds: ['a1'] }));
    const table = tableThrough(engine.anotherTable(), narrow);

    await deliver(world, await readOperation(world, orgId, operationId), table);
    await untilDone(world, orgId, operationId);

    const { skipped } = await getOperation(owner, operationId);
    expect(skipped).toEqual([{ ...at(copy), code: 'account_not_available' }]);
  });
});
