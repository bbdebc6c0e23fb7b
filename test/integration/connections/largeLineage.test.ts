import { beforeAll, describe, expect, test } from 'vitest';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { listLineage } from '../../../domain/connections/lineage.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import {
  aConnection,
  aMember,
  anOrganization,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
  type TestWorkspace,
} from '../../support/builders.ts';
import { aWorld, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { measured } from '../../support/measure.ts';
import { failure } from '../../support/state.ts';

/* Two originals in one workspace, one with 3 copies and one with 130, of which a member sees two each. */
const engine = await anEngine();

let owner: TestUser;
let member: TestUser;
let source: TestWorkspace;
let small: TestConnection;
let large: TestConnection;

beforeAll(async () => {
  ({ owner } = await anOrganization(aWorld(engine), { limits: { workspaces: 1_000 } }));
  source = await aWorkspace(owner);
  small = await aConnection(owner, source.workspaceId, { name: 'Small' });
  large = await aConnection(owner, source.workspaceId, { name: 'Large' });
  const both = [at(small), at(large)];
  const seen = [
    await aWorkspace(owner, { connections: both }),
    await aWorkspace(owner, { connections: both }),
  ];
  await aWorkspace(owner, { connections: both });
  for (let n = 3; n < 130; n++) await aWorkspace(owner, { connections: [at(large)] });
  member = await aMember(
    owner,
    'member@example.com',
    { workspaceId: source.workspaceId, role: 'admin' },
    ...seen.map(({ workspaceId }) => ({ workspaceId, role: 'viewer' as const })),
  );
});

/** What a refusal or an answer cost over the wire. */
async function cost(reader: TestUser, act: (reader: TestUser) => Promise<unknown>) {
  const { table, seen } = measured(engine.anotherTable());
  const result = await act(changed(reader, { table }));
  return { result, calls: seen.calls, units: seen.units };
}

describe('what is hidden of a lineage', () => {
  test('is counted to a member without reading it, on each page the same', async () => {
    const first = await listLineage(member, at(large), { limit: 2 });
    const second = await listLineage(member, at(large), { limit: 2, cursor: String(first.nextCursor) });

    expect([first, second]).toMatchObject([
      { total: 131, hidden: 128, items: [{ connectionId: large.connectionId }, {}] },
      { total: 131, hidden: 128, items: [{}], nextCursor: null },
    ]);
  });

  test('costs a member as much with 3 copies and with 130', async () => {
    const [few, many] = [small, large].map((connection) =>
      cost(member, (reader) => listLineage(reader, at(connection), { limit: 50 })),
    );

    const { calls, units } = (await few) ?? {};
    expect(await many).toMatchObject({ calls, units });
  });

  test('is nothing to an owner, who walks the whole lineage page by page', async () => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listLineage(owner, at(large), { limit: 100, cursor });
      expect(page).toMatchObject({ total: 131, hidden: 0 });
      found.push(...page.items.map(({ connectionId }) => connectionId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);

    expect(new Set(found).size).toBe(131);
  });
});

describe('the copies in the way of a deletion', () => {
  test('are named up to 100 to an owner', async () => {
    const { extra } = await failure(() => deleteConnection(owner, at(large)));

    expect(extra).toMatchObject({
      copies: { total: 130, hidden: 0, items: { length: 100 } },
      parents: [{ connectionId: large.connectionId, name: 'Large', copies: 130, hidden: 0 }],
    });
  });

  test('are counted to a member at the same cost with 3 and with 130', async () => {
    const refusal = (connection: TestConnection) =>
      cost(member, (reader) => failure(() => deleteConnection(reader, at(connection))));

    const [few, many] = [await refusal(small), await refusal(large)];

    expect(many).toMatchObject({ calls: few.calls, units: few.units });
    expect([few, many]).toMatchObject([
      { result: { extra: { copies: { total: 3, hidden: 1, items: { length: 2 } } } } },
      { result: { extra: { copies: { total: 130, hidden: 128, items: { length: 2 } } } } },
    ]);
  });

  test('of a whole workspace are counted by the connection that they were made from', async () => {
    const refusals = [owner, member].map((reader) =>
      failure(() => deleteWorkspace(reader, source.workspaceId)),
    );

    const parents = (hidden: [number, number]) => [
      { connectionId: small.connectionId, name: 'Small', copies: 3, hidden: hidden[0] },
      { connectionId: large.connectionId, name: 'Large', copies: 130, hidden: hidden[1] },
    ];
    expect((await Promise.all(refusals)).map(({ extra }) => extra)).toEqual([
      { parents: parents([0, 0]) },
      { parents: parents([1, 128]) },
    ]);
  });
});
