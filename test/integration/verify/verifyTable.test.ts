import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { accountPageKey } from '../../../domain/accounts/accountList.item.ts';
import { connectionKey } from '../../../domain/connections/connection.item.ts';
import { OperationId, WorkspaceId } from '../../../domain/ids.ts';
import { invitationKey, parseInvitation } from '../../../domain/invitations/invitation.item.ts';
import {
  operationKey,
  parseOperation,
  planPageKey,
  skippedItem,
} from '../../../domain/operations/operation.item.ts';
import { organizationKey } from '../../../domain/organizations/organization.item.ts';
import type { Item } from '../../../domain/table/client.ts';
import { addressKey } from '../../../domain/users/address.item.ts';
import { type Invariant, invariants } from '../../../infra/verify/invariant.ts';
import { type Asked, verifyTable } from '../../../infra/verify/verifyTable.ts';
import { hour } from '../../support/clock.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { everything } from '../../support/state.ts';
import {
  type Corruption,
  ofAccounts,
  ofConnections,
  ofEvents,
  ofItems,
  ofOperations,
  ofOrganizations,
  ofPeople,
  ofWorkspaces,
} from './corruptions.ts';
import { damageTo, restoring } from './damage.ts';
import { aHealthyTable, type Scene } from './scene.ts';

/* A healthy table is built once; each test damages it and then puts it back. */

const engine = await anEngine();
const d = damageTo(engine.table);
let s: Scene;
let restore: () => Promise<void>;

beforeAll(async () => {
  s = await aHealthyTable(engine);
  restore = await restoring(engine.table);
});

afterEach(() => restore());

const verified = (asked: Partial<Asked> = {}) =>
  verifyTable(engine.table, { now: s.world.clock.now, stuckMinutes: 15, ...asked });

const namesOf = async (asked: Partial<Asked> = {}): Promise<Invariant[]> =>
  (await verified(asked)).violations.map(({ invariant }) => invariant).sort();

const corruptions: Corruption[] = [
  ...ofOrganizations,
  ...ofWorkspaces,
  ...ofPeople,
  ...ofConnections,
  ...ofAccounts,
  ...ofOperations,
  ...ofEvents,
  ...ofItems,
];

describe('a healthy table', () => {
  test('holds, with everything in it that there can be', async () => {
    const items = await everything(engine.table);
    const operation = parseOperation(await d.read(operationKey(s.orgId, s.running)));

    const report = await verified();

    expect(report).toEqual({ items: items.length, organizations: 3, violations: [] });
    expect(operation).toMatchObject({ state: 'running', done: 46, skippedCount: 1 });
  });

  test('holds for one of its organizations', async () => {
    const own = `ORG#${s.orgId}`;
    const theirs = (await everything(engine.table)).filter(({ pk, sk }) => pk.startsWith(own) || sk === own);

    const report = await verified({ organizationId: s.orgId });

    expect(report).toEqual({ items: theirs.length, organizations: 1, violations: [] });
  });

  test.each<[string, () => Promise<unknown>, Partial<Asked>?]>([
    [
      'the address of an invitation that went with its time to live',
      () => d.remove(invitationKey(s.orgId, s.pending)),
      { now: () => new Date(s.world.clock.now().getTime() + 93 * 24 * hour), stuckMinutes: 200 * 24 * 60 },
    ],
    [
      'an invitation whose address went with their time to live',
      () => d.remove(addressKey(s.orgId, 'pending@example.com')),
      { now: () => new Date(s.world.clock.now().getTime() + 93 * 24 * hour), stuckMinutes: 200 * 24 * 60 },
    ],
    [
      'a promise in a workspace that is gone',
      async () => {
        const { grants } = parseInvitation(await d.read(invitationKey(s.orgId, s.pending)));
        const gone = { workspaceId: 'wsp_gone', role: 'viewer', invitedBy: 'usr_gone' };
        await d.set(invitationKey(s.orgId, s.pending), 'grants', [...grants, gone]);
      },
    ],
    [
      'the page that a shorter list has left behind',
      async () => {
        const owner = { orgId: s.orgId, ...s.single };
        await d.set(connectionKey(s.orgId, s.single), 'accountList.storedPages', 2);
        await d.put({ ...(await d.read(accountPageKey(owner, 0))), ...accountPageKey(owner, 1), version: 0 });
      },
    ],
    [
      'a plan that was never accepted, and what it passed over',
      async () => {
        const operationId = OperationId.parse('opr_never');
        const page = await d.read(planPageKey(s.orgId, s.running, 0));
        await d.put({ ...page, ...planPageKey(s.orgId, operationId, 0) });
        await d.put(
          skippedItem(
            { orgId: s.orgId, operationId },
            'planned',
            [{ code: 'already_connected' }],
            s.world.clock.now(),
          ),
        );
      },
    ],
    ['the plan of an operation that has ended, gone', () => d.remove(planPageKey(s.orgId, s.completed, 0))],
    [
      'the pages behind the cursor, gone',
      async () => {
        await d.set(operationKey(s.orgId, s.running), 'done', 92);
        await d.remove(planPageKey(s.orgId, s.running, 0));
      },
    ],
    ['an operation that is about to end', () => d.set(operationKey(s.orgId, s.running), 'done', 100)],
    [
      'an operation that rests for less than is asked for',
      () => d.set(operationKey(s.orgId, s.running), 'movedAt', new Date(0).toISOString()),
      { stuckMinutes: 60 * 365 * 24 * 60 },
    ],
  ])('may have %s', async (_, change, asked) => {
    await change();

    expect((await verified(asked)).violations).toEqual([]);
  });
});

describe.each([
  ['organizations', ofOrganizations],
  ['workspaces', ofWorkspaces],
  ['people', ofPeople],
  ['connections', ofConnections],
  ['accounts and credentials', ofAccounts],
  ['operations', ofOperations],
  ['events', ofEvents],
  ['items', ofItems],
])('of %s', (_, cases) => {
  test.each(cases)('%s is named, and nothing else', async (_title, damage, names) => {
    await damage(s, d);

    const { violations } = await verified();

    expect(violations.map(({ invariant }) => invariant).sort()).toEqual(names);
    expect(JSON.stringify(violations)).not.toMatch(/@example\.com|secret-/);
  });
});

test('every invariant is broken by one of the corruptions', () => {
  const broken = new Set(corruptions.flatMap(([, , names]) => names));

  expect([...broken].sort()).toEqual(Object.keys(invariants).sort());
});

describe('an item that can not be read', () => {
  /** One of each kind, and the attribute that it can't be read without. */
  const kinds: [string, (item: Item) => boolean, string][] = [
    ['organization', ({ sk }) => sk === 'ORGANIZATION', 'name'],
    ['workspace', ({ pk, sk }) => !pk.includes('#WORKSPACE') && sk.startsWith('WORKSPACE#'), 'status'],
    ['user', ({ sk }) => sk.startsWith('USER#'), 'email'],
    ['membership', ({ sk }) => sk.startsWith('MEMBER#'), 'role'],
    ['address', ({ sk }) => sk.startsWith('EMAIL#'), 'email'],
    ['identity', ({ pk }) => pk.startsWith('IDENTITY#'), 'userId'],
    ['invitation', ({ sk, status }) => sk.startsWith('INVITATION#') && status === 'pending', 'nonce'],
    ['connection', ({ sk, childCount }) => sk.startsWith('CONNECTION#') && childCount === 1, 'selection'],
    ['credentials', ({ sk }) => sk.startsWith('CREDENTIALS#'), 'sealed'],
    ['accounts', ({ sk }) => sk.startsWith('ACCOUNTS#'), 'accounts'],
    ['operation', ({ sk, state }) => sk === 'OPERATION' && state === 'running', 'total'],
    ['plan', ({ pk, sk }) => pk.endsWith(s.running) && sk.startsWith('PLAN#'), 'items'],
    ['skipped', ({ sk }) => sk.startsWith('SKIPPED#'), 'items'],
    ['event', ({ type }) => type === 'connection.copied', 'at'],
    ['reference', ({ sk }) => sk.startsWith('EVENT#'), 'eventId'],
    ['idempotency', ({ pk }) => pk.startsWith(`ORG#${s.orgId}#IDEMPOTENCY#`), 'answer'],
  ];

  test.each(kinds)(
    'is reported with what it lacks, and no %s is judged by it',
    async (kind, isOfKind, attribute) => {
      const found = (await everything(engine.table)).find(isOfKind);
      if (!found) throw new Error(`The table has no ${kind}.`);
      await d.unset({ pk: found.pk, sk: found.sk }, attribute);

      const { violations } = await verified();

      expect(violations).toEqual([
        expect.objectContaining({
          invariant: 'unreadable_item',
          detail: expect.stringMatching(new RegExp(`^${kind}: ${attribute} `)),
        }),
      ]);
    },
  );

  test('is reported without a word of what is in it', async () => {
    await d.set(planPageKey(s.orgId, s.running, 0), 'items', new TextEncoder().encode('someone@example.com'));

    const { violations } = await verified();

    expect(violations).toEqual([
      {
        invariant: 'unreadable_item',
        organizationId: s.orgId,
        subject: `ORG#${s.orgId}#OPERATION#${s.running} PLAN#000000`,
        detail: 'plan: Z_DATA_ERROR',
      },
    ]);
  });
});

describe('what an Idempotency-Key leaves beside the answer of a request', () => {
  const partition = () => `ORG#${s.orgId}#IDEMPOTENCY#${'0'.repeat(64)}`;
  const expiresAtSeconds = 4_000_000_000;
  /** That a request in parts has begun; who a caller was who left by their request. */
  const left = {
    begun: () => ({ pk: partition(), sk: 'RECORD', request: 'f', begun: true, expiresAtSeconds }),
    caller: () => ({ pk: partition(), sk: 'CALLER', userId: 'usr_1', expiresAtSeconds }),
  };

  test.each(['begun', 'caller'] as const)('is nothing to report: %s', async (name) => {
    await d.put(left[name]());

    expect(await namesOf()).toEqual([]);
  });

  test.each([
    ['begun', 'begun', /^idempotency: answer /],
    ['begun', 'request', /^idempotency: request /],
    ['caller', 'userId', /^idempotency: userId /],
    ['caller', 'expiresAtSeconds', /^idempotency: expiresAtSeconds /],
  ] as const)('is reported when it can not be read: %s without %s', async (name, attribute, detail) => {
    const item: Item = left[name]();
    await d.put(item);
    await d.unset({ pk: item.pk, sk: item.sk }, attribute);

    const { violations } = await verified();

    expect(violations).toEqual([
      expect.objectContaining({
        invariant: 'unreadable_item',
        organizationId: s.orgId,
        detail: expect.stringMatching(detail),
      }),
    ]);
  });
});

test('a violation says whose it is, of what, and how', async () => {
  await d.add(organizationKey(s.orgId), 'workspaceCount');

  const { violations } = await verified();

  expect(violations).toEqual([
    {
      invariant: 'workspace_count',
      organizationId: s.orgId,
      subject: s.orgId,
      detail: 'counts 7, there are 6',
    },
  ]);
});

test('of one organization, nothing is said about others, however alike their ids are', async () => {
  await d.add(organizationKey(s.foreign.orgId), 'workspaceCount');
  await d.put({ pk: `ORG#${s.orgId}9`, sk: 'WORKSPACES' });
  await d.put({ pk: 'IDENTITY#somebody', sk: `ORG#${s.orgId}9` });

  expect(await namesOf({ organizationId: s.orgId })).toEqual([]);
  expect(await namesOf({ organizationId: s.foreign.orgId })).toEqual(['workspace_count']);
});

test.each([1, 3])('everything is read once, page by page, by %s readers', async (segments) => {
  const { items } = await verified();
  const workspaceId = WorkspaceId.parse('wsp_many');
  const puts = Array.from({ length: 2_000 }, (_, n) =>
    d.put({ pk: `ORG#${s.orgId}#${workspaceId}`, sk: String(n) }),
  );
  await Promise.all(puts);

  const report = await verified({ segments });

  expect(report.items).toBe(items + 2_000);
  expect(new Set(report.violations.map(({ subject }) => subject)).size).toBe(2_000);
});

describe('reading twice', () => {
  /** What happens just before the table is read for the second time. */
  const twice = (meanwhile: () => Promise<unknown>) => {
    let scans = 0;
    const table = tableThrough(engine.anotherTable(), async ({ command }, proceed) => {
      if (command === 'Scan') scans += 1;
      if (scans === 2) await meanwhile();
      return proceed();
    });
    const asked = { now: s.world.clock.now, stuckMinutes: 15, twice: true, segments: 1 };
    return verifyTable(table, asked);
  };

  test('leaves out what only one of the times found', async () => {
    await d.add(organizationKey(s.orgId), 'workspaceCount');

    const report = await twice(async () => {
      await d.add(organizationKey(s.orgId), 'workspaceCount', -1);
      await d.add(organizationKey(s.foreign.orgId), 'workspaceCount');
    });

    expect(report.violations).toEqual([]);
  });

  test('keeps what both found, as it is the second time', async () => {
    await d.add(organizationKey(s.orgId), 'workspaceCount');

    const report = await twice(() => d.add(organizationKey(s.orgId), 'workspaceCount'));

    expect(report.violations).toMatchObject([
      { invariant: 'workspace_count', detail: 'counts 8, there are 6' },
    ]);
  });
});
