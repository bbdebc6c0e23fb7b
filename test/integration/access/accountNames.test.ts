import { describe, expect, test } from 'vitest';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import type { Context } from '../../../domain/context.ts';
import { DomainError } from '../../../domain/errors.ts';
import { reportAccounts } from '../../../domain/services/serviceConnection.ts';
import { problemHeaders, problemOf } from '../../../functions/http/problem.ts';
import {
  aConnection,
  aCopy,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { perform } from '../../support/perform.ts';
import { type Asked, aScene, routeNamed, type Scene, samples } from '../../support/samples.ts';

const engine = await anEngine();

/** Accounts of the agency that are none of the client's business; the client has `own` alone. */
const own = { id: 'own-id', name: 'Own account' };
const secret = [1, 2, 3, 4].map((n) => ({ id: `canary-id-${n}`, name: `Canary name ${n}` }));
const canary = /canary/i;

type Canaries = Scene & { narrow: TestConnection; following: TestConnection };

/**
 * Home has a narrow copy of an original in a workspace that its people don't see, and a copy that follows a narrow one.
 * The lineage has a past: accounts went, through the narrow copy too, by a worker and by the owner.
 */
function someCanaries(): Promise<Canaries> {
  return freshCopy(engine, 'canaries', async () => {
    const scene = await aScene(engine);
    const { owner, home, elsewhere, orgId, world } = scene;
    const between = await aWorkspace(owner, { name: 'Between' });
    const accounts = [own, ...secret];
    const original = await aConnection(owner, elsewhere.workspaceId, { accounts });
    const narrow = await aCopy(owner, original, home.workspaceId, [own.id]);
    const other = await aConnection(owner, elsewhere.workspaceId, { accounts });
    const parent = await aCopy(owner, other, between.workspaceId, [own.id]);
    const following = await aCopy(owner, parent, home.workspaceId);
    const worker = aContext(world, { kind: 'service', id: 'worker' });
    const place = { orgId, ...at(narrow) };
    await reportAccounts(worker, place, { authorizationVersion: 1, accounts: [own, ...secret.slice(1)] });
    const list = { credentials: {}, accounts: [own, ...secret.slice(2)], acceptAccountLoss: true };
    await reconnect(owner, at(narrow), list);
    await updateConnection(owner, at(original), { accountIds: [own.id, 'canary-id-3'] });
    return { ...scene, narrow, following };
  });
}

/** All that a caller is answered, refusals included: body, error and headers. */
async function answerTo(ctx: Context, operationId: string, asked: Asked): Promise<string> {
  try {
    return JSON.stringify(await perform(ctx, routeNamed(operationId), asked));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return JSON.stringify([problemOf(error, 'request'), problemHeaders(error)]);
  }
}

const roles = ['admin', 'editor', 'viewer'] as const;
const copies = ['narrow', 'following'] as const;
const ofConnections = samples.filter(({ operationId }) =>
  routeNamed(operationId).path.includes('{connectionId}'),
);

describe.each(roles)('to the %s of a workspace with a narrow copy no account outside it is named', (role) => {
  test.each(samples)('by $operationId $what', async ({ operationId, ask }) => {
    const scene = await someCanaries();

    expect(await answerTo(scene[role], operationId, await ask(scene, scene[role]))).not.toMatch(canary);
  });

  test.each(ofConnections)('by $operationId $what of the copy itself', async ({ operationId, ask }) => {
    for (const through of copies) {
      const scene = await someCanaries();
      const asked = { ...(await ask(scene, scene[role])), params: at(scene[through]) };

      expect(await answerTo(scene[role], operationId, asked)).not.toMatch(canary);
    }
  });

  test.each([
    ['reconnectConnection', 'without an account', { credentials: {}, accounts: [] }],
    [
      'reconnectConnection',
      'without an account, which is accepted',
      { credentials: {}, accounts: [], acceptAccountLoss: true },
    ],
    ['reconnectConnection', 'with other accounts', { credentials: {}, accounts: [{ id: 'x', name: 'X' }] }],
    [
      'reconnectConnection',
      'for another business account',
      { credentials: {}, accounts: [], businessAccount: { id: 'other', name: 'Other' } },
    ],
    ['updateConnection', 'all accounts', { accountIds: 'all' }],
    ['updateConnection', 'an account that is none', { accountIds: ['none'] }],
  ] as const)('by %s %s', async (operationId, _, body) => {
    for (const through of copies) {
      const scene = await someCanaries();
      const asked: Asked = { params: at(scene[through]), body: structuredClone({ ...body }) };

      expect(await answerTo(scene[role], operationId, asked)).not.toMatch(canary);
    }
  });

  test.each(['searchAccounts', 'listAccounts'])('by %s that searches for it', async (operationId) => {
    const scene = await someCanaries();
    const params = operationId === 'listAccounts' ? at(scene.narrow) : {};

    expect(await answerTo(scene[role], operationId, { params, query: { search: 'canary' } })).not.toMatch(
      canary,
    );
  });

  test('by another update, copy or workspace that asks for more than the copy has', async () => {
    const scene = await someCanaries();
    const { narrow, following, home } = scene;
    const params = { workspaceId: home.workspaceId };
    const wanted: [string, Asked][] = [narrow, following].flatMap((source): [string, Asked][] => [
      [
        'updateWorkspace',
        {
          params,
          body: { connections: { accounts: [{ connectionId: source.connectionId, accountIds: 'all' }] } },
        },
      ],
      [
        'copyConnections',
        {
          params: { workspaceId: scene.second.workspaceId },
          body: { connections: [{ ...at(source), accountIds: ['none'] }] },
        },
      ],
      ['createWorkspace', { body: { name: 'New', connections: [{ ...at(source), accountIds: ['none'] }] } }],
    ]);

    for (const [operationId, asked] of wanted)
      expect(await answerTo(scene[role], operationId, asked)).not.toMatch(canary);
  });
});

describe('a canary is seen where it may be', () => {
  const accountsOf = (reader: TestUser, connection: TestConnection) =>
    answerTo(reader, 'listAccounts', { params: at(connection) });

  test('by the owner, who could select it', async () => {
    const { owner, narrow } = await someCanaries();

    expect(await accountsOf(owner, narrow)).toMatch(canary);
  });

  test('by a viewer of the original only as far as it has selected it; by an editor all of it', async () => {
    const { editor, viewer, owner, home } = await aScene(engine);
    const original = await aConnection(owner, home.workspaceId, { accounts: [own, ...secret] });
    await updateConnection(owner, at(original), { accountIds: [own.id] });

    expect(await accountsOf(viewer, original)).not.toMatch(canary);
    expect(await accountsOf(editor, original)).toMatch(canary);
  });
});
