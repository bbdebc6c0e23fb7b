import { expect, test } from 'vitest';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { Reconnect, reconnect } from '../../../domain/connections/reconnect.ts';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { type Event, eventItem } from '../../../domain/events/event.item.ts';
import { listEvents, listOrganizationEvents } from '../../../domain/events/listEvents.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { removeMember } from '../../../domain/members/changeMember.ts';
import { reportAccounts, reportAuthorization } from '../../../domain/services/serviceConnection.ts';
import { putItem } from '../../../domain/table/client.ts';
import { anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  aPerson,
  at,
  aWorkspace,
  someAccounts,
  type TestUser,
} from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { inviteOf } from '../../support/invited.ts';
import { operationOf, untilDone } from '../../support/operations.ts';

const engine = await anEngine();
const page = { limit: 100 };

async function latest(reader: TestUser, workspaceId: Parameters<typeof listEvents>[1]['workspaceId']) {
  const { items } = await listEvents(reader, { ...page, workspaceId });
  return items[0];
}

async function aLineage() {
  const agency = await anAgency(engine);
  const original = await aConnection(agency.owner, agency.home.workspaceId);
  const copy = await aCopy(agency.owner, original, agency.elsewhere.workspaceId, ['a1', 'a2']);
  const service = aContext(agency.world, { kind: 'service', id: 'extractor' });
  return { ...agency, original, copy, service, place: { orgId: agency.orgId, ...at(original) } };
}

const none = { accountIds: [], count: 0 };
const ids = (...accountIds: string[]) => ({ accountIds, count: accountIds.length });

test('a new selection says which accounts it added and which it took', async () => {
  const { owner, original, home } = await aLineage();
  await updateConnection(owner, at(original), UpdateConnection.parse({ accountIds: ['a1', 'a2'] }));

  await updateConnection(
    owner,
    at(original),
    UpdateConnection.parse({ accountIds: ['a1', 'a3'], name: 'New' }),
  );

  expect((await latest(owner, home.workspaceId))?.details).toEqual({
    connectionId: original.connectionId,
    originId: original.connectionId,
    name: { before: 'Business One', after: 'New' },
    selection: { mode: { before: 'selected', after: 'selected' }, added: ids('a3'), removed: ids('a2') },
  });
});

test.each([
  ['the whole list', 'all' as const, { before: 'selected', after: 'all' }, ids('a2', 'a3'), none],
  ['nothing', [], { before: 'selected', after: 'selected' }, none, ids('a1')],
])('a selection of %s does too', async (_, accountIds, mode, added, removed) => {
  const { owner, original, home } = await aLineage();
  await updateConnection(owner, at(original), UpdateConnection.parse({ accountIds: ['a1'] }));

  await updateConnection(owner, at(original), UpdateConnection.parse({ accountIds }));

  expect((await latest(owner, home.workspaceId))?.details.selection).toEqual({ mode, added, removed });
});

test('a list of accounts names the first hundred and counts all', async () => {
  const { owner, home } = await anAgency(engine);
  const many = Array.from({ length: 150 }, (_, n) => `id-${String(n).padStart(3, '0')}`);
  const connection = await aConnection(owner, home.workspaceId, { accounts: someAccounts(...many) });

  await updateConnection(owner, at(connection), UpdateConnection.parse({ accountIds: [] }));

  expect((await latest(owner, home.workspaceId))?.details.selection).toEqual({
    mode: { before: 'all', after: 'selected' },
    added: none,
    removed: { accountIds: many.slice(0, 100), count: 150 },
  });
});

test('a copy says from which connection it was made and which accounts it got, whoever chose them', async () => {
  const { owner, original, copy, elsewhere } = await aLineage();
  const third = await aWorkspace(owner, { name: 'Third' });
  const fourth = await aWorkspace(owner, { name: 'Fourth' });
  const [taken, followed] = [
    await aCopy(owner, copy, third.workspaceId),
    await aCopy(owner, original, fourth.workspaceId),
  ];
  const made = await aWorkspace(owner, { name: 'Fifth', copyAllConnectionsFrom: [elsewhere.workspaceId] });

  const told = await Promise.all(
    [elsewhere, third, fourth, made].map(
      async ({ workspaceId }) => (await latest(owner, workspaceId))?.details,
    ),
  );

  const originId = original.connectionId;
  const selected = { mode: 'selected', ...ids('a1', 'a2') };
  expect(told).toMatchObject([
    { connections: [{ connectionId: copy.connectionId, parentId: originId, accounts: selected }] },
    { connections: [{ connectionId: taken.connectionId, parentId: copy.connectionId, accounts: selected }] },
    { connections: [{ connectionId: followed.connectionId, accounts: { mode: 'all', count: 3 } }] },
    { name: 'Fifth', connections: [{ parentId: copy.connectionId, accounts: selected }] },
  ]);
});

test('copies that an operation makes say the same', async () => {
  const { owner, home, world, orgId } = await anAgency(engine, { limits: { workspaces: 20 } });
  for (let n = 0; n < 60; n++) {
    const source = await aConnection(owner, home.workspaceId);
    await updateConnection(owner, at(source), UpdateConnection.parse({ accountIds: ['a2'] }));
  }
  const made = await aWorkspace(owner, { copyAllConnectionsFrom: [home.workspaceId] });
  await untilDone(world, orgId, operationOf(made));

  const { items } = await listEvents(owner, {
    ...page,
    workspaceId: made.workspaceId,
    type: 'connection.copied',
  });

  const copies = items.flatMap(({ details }) => details.connections as { accounts: unknown }[]);
  expect(copies).toHaveLength(60);
  for (const { accounts } of copies) expect(accounts).toEqual({ mode: 'selected', ...ids('a2') });
});

test('a list that a service replaces says what was added and lost', async () => {
  const { owner, service, place, home } = await aLineage();

  await reportAccounts(service, place, { authorizationVersion: 1, accounts: someAccounts('a1', 'b1', 'b2') });

  expect(await latest(owner, home.workspaceId)).toMatchObject({
    type: 'connection.updated',
    actor: { kind: 'service' },
    details: { accountList: { total: 3, added: ids('b1', 'b2'), lost: ids('a2', 'a3') } },
  });
});

test('a reconnection says whether it replaced the list and the name of the business account', async () => {
  const { owner, original, home } = await aLineage();
  const asked = {
    credentials: { refreshToken: 'new' },
    businessAccount: { id: 'business-1', name: 'Renamed' },
    accounts: someAccounts('a1', 'a2', 'a4'),
    acceptAccountLoss: true,
  };

  await reconnect(owner, at(original), Reconnect.parse(asked));

  expect((await latest(owner, home.workspaceId))?.details).toEqual({
    connectionId: original.connectionId,
    originId: original.connectionId,
    reconnected: 2,
    authorizationVersion: 2,
    businessAccountName: { before: 'Business One', after: 'Renamed' },
    accountList: { total: 3, added: ids('a4'), lost: ids('a3') },
  });
});

test('a failed authorization that works again has recovered: by a report, and by a reconnection', async () => {
  const { owner, service, place, original, home } = await aLineage();
  const error = { code: 'expired', message: 'Expired.' };
  const typesAfter = async (change: () => Promise<unknown>) => {
    await reportAuthorization(service, place, { authorizationVersion: 1, status: 'error', error });
    await change();
    const { items } = await listEvents(owner, { ...page, workspaceId: home.workspaceId });
    return items.slice(0, 3).map(({ type, details }) => [type, details.error]);
  };

  const reported = await typesAfter(() =>
    reportAuthorization(service, place, { authorizationVersion: 1, status: 'active' }),
  );
  const reconnected = await typesAfter(() =>
    reconnect(owner, at(original), { credentials: { token: 'new' } }),
  );

  expect(reported.slice(0, 2)).toEqual([
    ['connection.recovered', error],
    ['connection.failed', error],
  ]);
  expect(reconnected).toEqual([
    ['connection.recovered', error],
    ['connection.reconnected', undefined],
    ['connection.failed', error],
  ]);
});

test('an acceptance says which grants were dropped, and why', async () => {
  const { owner, admin, home, world } = await anAgency(engine);
  const { token } = await inviteOf(admin, 'guest@example.com', home.workspaceId);
  await removeMember(owner, { workspaceId: home.workspaceId, userId: admin.actor.userId });

  await acceptInvitation(aPerson(world, 'guest@example.com'), token);

  const { items } = await listEvents(owner, { ...page, type: 'invitation.accepted' });
  expect(items[0]?.details).toMatchObject({
    email: 'guest@example.com',
    dropped: [{ workspaceId: home.workspaceId, role: expect.any(String), code: 'forbidden' }],
  });
});

test('details stand in the order of their schema, whatever order the table gives back', async () => {
  const { owner, support, orgId, original, world } = await aLineage();
  const { connectionId, workspaceId } = original;
  const event = {
    orgId,
    eventId: world.newId('evt'),
    type: 'connection.reconnected',
    at: world.clock.now().toISOString(),
    actor: { kind: 'user', id: owner.actor.userId },
    workspaceId,
    details: { authorizationVersion: 2, reconnected: 1, originId: connectionId, connectionId },
  } satisfies Event;
  await putItem(owner, eventItem(event));

  const { items } = await listOrganizationEvents(support, orgId, page);

  expect(Object.keys(items[0]?.details ?? {})).toEqual([
    'connectionId',
    'originId',
    'reconnected',
    'authorizationVersion',
  ]);
});

test('events of the first edition are listed as they were written, by the names of their details', async () => {
  const { owner, orgId, original, world } = await aLineage();
  const event = {
    orgId,
    eventId: world.newId('evt'),
    type: 'connection.updated',
    at: world.clock.now().toISOString(),
    actor: { kind: 'service', id: 'extractor' },
    workspaceId: original.workspaceId,
    details: {
      lostCount: 1,
      accounts: 2,
      connectionId: original.connectionId,
      lost: [{ name: 'A', id: 'a' }],
    },
  } satisfies Event;
  await putItem(owner, eventItem(event));

  const found = await latest(owner, original.workspaceId);

  expect(JSON.stringify(found?.details)).toBe(
    JSON.stringify({
      accounts: 2,
      connectionId: original.connectionId,
      lost: [{ id: 'a', name: 'A' }],
      lostCount: 1,
    }),
  );
});

test('a deleted connection is named with its lineage', async () => {
  const { owner, copy, original, elsewhere } = await aLineage();

  await deleteConnection(owner, at(copy));

  expect((await latest(owner, elsewhere.workspaceId))?.details).toEqual({
    connectionId: copy.connectionId,
    name: 'Business One',
    originId: original.connectionId,
    parentId: original.connectionId,
  });
});
