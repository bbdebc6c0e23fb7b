import { beforeAll, expect, test } from 'vitest';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { aWorld, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { measured } from '../../support/measure.ts';

const engine = await anEngine();
const credentials = { refreshToken: 'secret-2' };

let owner: TestUser;
let original: TestConnection;
let deepest: TestConnection;

beforeAll(async () => {
  const organization = await anOrganization(aWorld(engine), { limits: { workspaces: 1_000 } });
  owner = organization.owner;
  original = await aConnection(owner, (await aWorkspace(owner)).workspaceId);
  deepest = await aCopy(owner, original, (await aWorkspace(owner)).workspaceId);
});

/** Reconnects through a connection and counts what goes over the wire. */
async function cost(through: TestConnection) {
  const { table, seen } = measured(engine.anotherTable());
  const { reconnected } = await reconnect(changed(owner, { table }), at(through), { credentials });
  return { reconnected, ...seen };
}

test('reconnecting takes the same calls, actions and units with 1 copy and with 500', async () => {
  const withOne = [await cost(original), await cost(deepest)];

  // Each copy of an origin needs a workspace of its own: made of the original, fifty at a time.
  for (let made = 1; made < 500; made += 50) {
    const creations = Array.from({ length: Math.min(50, 500 - made) }, () =>
      aWorkspace(owner, { connections: [at(original)] }),
    );
    await Promise.all(creations);
  }
  const withMany = [await cost(original), await cost(deepest)];

  expect(withOne.map(({ reconnected }) => reconnected)).toEqual([2, 2]);
  expect(withMany.map(({ reconnected }) => reconnected)).toEqual([501, 501]);
  expect(withMany.map(({ actions, calls, units }) => ({ actions, calls, units }))).toEqual(
    withOne.map(({ actions, calls, units }) => ({ actions, calls, units })),
  );
  // Right, workspace, connection with its origin, credentials, event, its reference; through a copy the origin is one more.
  expect(withMany.map(({ actions }) => actions)).toEqual([[6], [7]]);
  expect(await getConnection(owner, at(deepest))).toMatchObject({
    authorizationVersion: 5,
    status: 'active',
  });
});
