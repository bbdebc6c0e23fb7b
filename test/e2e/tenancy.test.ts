import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { aPlace, type Ids, neverIssued, type Place } from './place.ts';
import { requestOf, samples, variants } from './samples.ts';
import { type Answer, type Caller, onStage } from './stage.ts';
import { walk } from './world.ts';

type Route = (typeof routes)[number];

const someIds = Object.fromEntries(
  'organizationId workspaceId connectionId sourceWorkspaceId sourceConnectionId userId invitationId operationId file'
    .split(' ')
    .map((name) => [name, `id_of_${name}_____________`]),
) as Ids;

/** Requests by users that name somebody's ids, in the path, the query or the body. */
const naming = Object.entries({ ...samples, ...variants }).flatMap(([name, sample]) => {
  const route = routes.find(({ operationId }) => operationId === name.split(',')[0]);
  if (!route || /^\/(docs|v1\/(admin|service)\/)/.test(route.path)) return [];
  const { path, body } = requestOf(route, sample, someIds, fakePlace());
  return `${path} ${JSON.stringify(body)}`.includes('id_of_') ? [[name, route, sample] as const] : [];
});

function fakePlace(): Pick<Place, 'stage' | 'invitationToken'> {
  // Bodies ask the stage for addresses and the canary alone.
  return { stage: { email: () => '', canary: '' }, invitationToken: '' } as unknown as Place;
}

/** What an answer gives away. */
function told({ status, headers, text }: Answer<unknown>) {
  const shown = [...headers].filter(([name]) => !/^(date|x-request-id|apigw-requestid)$/.test(name));
  return { status, headers: Object.fromEntries(shown), text: text.replace(/"requestId":"[^"]*"/, '') };
}

onStage('organizations know nothing of each other', (stage) => {
  let mine: Place;
  let theirs: Place;
  beforeAll(async () => {
    [mine, theirs] = [await aPlace(stage), await aPlace(stage)];
  });

  const send = (by: Caller, route: Route, sample: (typeof samples)[string], ids: Ids) => {
    const { method, path, body } = requestOf(route, sample, ids, mine);
    return by.call(method, path, body === undefined ? {} : { body });
  };

  describe('an id of another organization gets the very answer of an id that was never issued', () => {
    test.each(naming)('%s', async (name, route, sample) => {
      const foreign = await send(mine.owner, route, sample, theirs.ids);
      const unissued = await send(mine.owner, route, sample, neverIssued(theirs.ids));

      expect(told(foreign)).toEqual(told(unissued));
      expect(foreign).toMatchObject(
        name === 'listEvents, of a connection'
          ? // Connections go and their events stay: a filter that nothing matches.
            { status: 200, body: { items: [], nextCursor: null } }
          : { status: 404, body: { code: 'not_found' } },
      );
    });
  });

  describe('also as a part of one’s own', () => {
    const partly = naming.filter(([, { path }]) => /\/\{workspaceId\}\/.*\{/.test(path));

    test.each(partly)('%s', async (_, route, sample) => {
      const { workspaceId } = mine.ids;
      const foreign = await send(mine.owner, route, sample, { ...theirs.ids, workspaceId });
      const unissued = await send(mine.owner, route, sample, { ...neverIssued(theirs.ids), workspaceId });

      expect(told(foreign)).toEqual(told(unissued));
    });
  });

  test('people of another organization are unknown, as people who never were', async () => {
    const { owner, ids } = mine;
    const named = (userId: string) => [{ userId, role: 'viewer' }];
    const requests = [
      (userId: string) => owner.post('/v1/workspaces', { name: 'New', members: named(userId) }),
      (userId: string) =>
        owner.patch(`/v1/workspaces/${ids.workspaceId}`, { members: { set: named(userId) } }),
      (userId: string) => owner.patch(`/v1/workspaces/${ids.workspaceId}`, { members: { remove: [userId] } }),
    ];

    for (const request of requests) {
      const foreign = await request(theirs.ids.userId);
      const unissued = await request(neverIssued(theirs.ids).userId);
      expect(told(foreign)).toEqual(told(unissued));
      expect(foreign.status).toBeGreaterThanOrEqual(400);
    }
  });

  test('connections of another organization are copied and removed as little as connections that never were', async () => {
    const { owner, ids } = mine;
    const path = `/v1/workspaces/${ids.workspaceId}`;
    const requests = [
      ({ workspaceId, connectionId }: Ids) =>
        owner.post(`${path}/connections/copy`, { connections: [{ workspaceId, connectionId }] }),
      ({ workspaceId }: Ids) => owner.post(`${path}/connections/copy`, { allFrom: [workspaceId] }),
      ({ workspaceId }: Ids) => owner.patch(path, { connections: { addAllFrom: [workspaceId] } }),
      ({ workspaceId, connectionId }: Ids) =>
        owner.patch(path, { connections: { add: [{ workspaceId, connectionId }] } }),
      ({ connectionId }: Ids) => owner.patch(path, { connections: { remove: [connectionId] } }),
      ({ connectionId }: Ids) =>
        owner.patch(path, { connections: { accounts: [{ connectionId, accountIds: 'all' }] } }),
      ({ connectionId }: Ids) =>
        owner.post(`${path}/connections/copy`, {
          connections: [{ workspaceId: ids.sourceWorkspaceId, connectionId }],
        }),
    ];

    for (const request of requests) {
      const foreign = await request(theirs.ids);
      const unissued = await request(neverIssued(theirs.ids));
      expect(told(foreign)).toEqual(told(unissued));
      expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });

  test('a service finds a connection only in its own organization and workspace', async () => {
    const route = routes.find(({ operationId }) => operationId === 'getCredentials');
    if (!route) throw new Error('There is no such route.');
    const service = stage.service('credentials.read');
    const { organizationId, workspaceId, connectionId } = mine.ids;

    const mixed = await Promise.all([
      send(service, route, {}, { ...theirs.ids, organizationId }),
      send(service, route, {}, { ...theirs.ids, workspaceId }),
      send(service, route, {}, { ...theirs.ids, connectionId }),
      send(service, route, {}, neverIssued(theirs.ids)),
    ]);

    for (const answer of mixed) expect(told(answer)).toEqual(told(mixed[0]));
    expect(mixed[0]).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  test('an id of no form at all is just as unknown', async () => {
    const { owner } = mine;
    const unissued = told(await owner.get(`/v1/workspaces/${neverIssued(mine.ids).workspaceId}`));

    for (const id of [
      'x',
      'wsp_',
      '%20',
      '%2e%2e%2fdraft',
      '%E0%A4%A',
      '%00',
      'ö',
      'a'.repeat(2_000),
      '__proto__',
    ])
      expect(told(await owner.get(`/v1/workspaces/${id}`))).toEqual(unissued);
  });

  test('lists and searches show nothing of another organization', async () => {
    const theirIds = Object.values(theirs.ids).filter((id) => id !== theirs.ids.file);
    const lists = [
      '/v1/me',
      '/v1/workspaces',
      '/v1/users',
      '/v1/invitations',
      '/v1/events',
      '/v1/accounts',
      '/v1/workspaces/draft',
    ];

    for (const path of lists) {
      const { text } = await mine.owner.get(
        path.includes('me') || path.includes('draft') ? path : `${path}?limit=100`,
      );
      expect(theirIds.filter((id) => text.includes(id))).toEqual([]);
    }
  });

  test('nothing of all this has changed the other organization', async () => {
    const { owner, ids } = theirs;
    const types = (await walk<{ type: string }>(owner, '/v1/events')).map(({ type }) => type);

    expect(await owner.read(`/v1/workspaces/${ids.workspaceId}`)).toMatchObject({
      name: 'Here',
      memberCount: 2,
    });
    expect(types.filter((type) => /deleted|removed|revoked|resent|changed|reconnected/.test(type))).toEqual(
      [],
    );
  });
});
