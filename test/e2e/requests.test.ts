import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { routeAt } from './contract.ts';
import { onStage, refused } from './stage.ts';
import { aConnection, anOrganization, aWorkspace, original, pathOf, type World } from './world.ts';

const megabytes = 1024 * 1024;

onStage('requests', (stage) => {
  let world: World;
  let workspaceId: string;
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
    ({ workspaceId } = await aWorkspace(world.owner));
  });

  const pointers = (problem: { errors?: { pointer: string }[] }) =>
    problem.errors?.map(({ pointer }) => pointer).sort();

  test('every fault of a body is listed with its pointer', async () => {
    const problem = refused(
      await world.owner.post('/v1/workspaces', {
        name: '  ',
        description: 5,
        members: [
          { userId: 'usr_x', role: 'boss' },
          { role: 'viewer', extra: true },
        ],
        connections: [{ workspaceId: 'wsp_x', connectionId: 7, accountIds: [''] }],
        colour: 'red',
      }),
      400,
      'validation_failed',
    );

    expect(pointers(problem)).toEqual(
      [
        '#/colour',
        '#/connections/0/accountIds/0',
        '#/connections/0/connectionId',
        '#/description',
        '#/members/0/role',
        '#/members/1/extra',
        '#/members/1/userId',
        '#/name',
      ].sort(),
    );
  });

  test('every fault of a query is listed with its name', async () => {
    const problem = refused(
      await world.owner.get('/v1/workspaces?limit=0&colour=red'),
      400,
      'validation_failed',
    );

    expect(pointers(problem)).toEqual(['?colour', '?limit']);
  });

  test.each(['0', '101', '-1', '1.5', 'ten', ''])('a page of %j is refused by every list', async (limit) => {
    const lists = ['/v1/workspaces', '/v1/users', '/v1/events', '/v1/invitations', '/v1/accounts'];
    for (const list of [
      ...lists,
      `/v1/workspaces/${workspaceId}/members`,
      `/v1/workspaces/${workspaceId}/connections`,
    ]) {
      const problem = refused(await world.owner.get(`${list}?limit=${limit}`), 400, 'validation_failed');
      expect(pointers(problem)).toEqual(['?limit']);
    }
  });

  test.each([
    ['a name of 101 characters', { name: 'x'.repeat(101) }],
    ['a name that is only blanks', { name: ' \t ' }],
    ['a description of 2,001 characters', { name: 'New', description: 'x'.repeat(2_001) }],
    [
      'a person twice',
      {
        name: 'New',
        members: [
          { userId: 'usr_x', role: 'viewer' },
          { userId: 'usr_x', role: 'admin' },
        ],
      },
    ],
    ['null', null],
    ['a list', []],
    ['a text', 'text'],
    ['nothing', undefined],
  ])('a workspace is not created of %s', async (_, body) => {
    const sent = body === undefined || typeof body === 'string' ? (JSON.stringify(body) ?? '') : body;

    const answer = await world.owner.post('/v1/workspaces', sent);

    expect(answer).toMatchObject({ status: 400 });
  });

  test.each([
    ['credentials of more than 16 KB', { credentials: { key: 'x'.repeat(16 * 1024) } }],
    ['credentials that are a text', { credentials: 'key' }],
    ['credentials that are a list', { credentials: ['key'] }],
    ['no credentials', { credentials: undefined }],
    ['no business account', { businessAccount: undefined }],
    [
      'an account twice',
      {
        accounts: [
          { id: 'a', name: 'A' },
          { id: 'a', name: 'B' },
        ],
      },
    ],
    ['10,001 accounts', { accounts: Array.from({ length: 10_001 }, (_, n) => ({ id: `a${n}`, name: 'A' })) }],
  ])('a connection is not created with %s', async (_, change) => {
    const before = await world.owner.read<{ connectionCount: number }>(`/v1/workspaces/${workspaceId}`);

    const answer = await world.owner.post(
      `/v1/workspaces/${workspaceId}/connections`,
      original(stage, change),
    );

    refused(answer, 400, 'validation_failed');
    expect(await world.owner.read(`/v1/workspaces/${workspaceId}`)).toEqual(before);
  });

  test('credentials of just 16 KB are taken', async () => {
    const credentials = { key: 'x'.repeat(16 * 1024 - '{"key":""}'.length) };

    expect(await aConnection(stage, world.owner, workspaceId, { credentials })).toMatchObject({
      status: 'active',
    });
  });

  test('texts come back as they were sent, without the blanks around them', async () => {
    const name = 'Zürich 東京 👩‍👩‍👧 <script>"\\\'& \u202e';

    const made = await aWorkspace(world.owner, { name: `  ${name} `, description: '\n two\nlines \n' });

    expect(await world.owner.read(`/v1/workspaces/${made.workspaceId}`)).toMatchObject({
      name,
      description: 'two\nlines',
    });
  });

  test.each([
    ['half a character', '{"name":"\\ud800"}'],
    ['a number out of range', '{"name":1e400}'],
    ['lists in lists', `{"name":"x","members":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['two values', '{"name":"x"} {"name":"y"}'],
    ['a zero byte', '\u0000'],
    ['a control character', '{"name":"x\\u0000y"}'],
  ])('a body with %s is refused as the client’s fault', async (_, body) => {
    expect(await world.owner.post('/v1/workspaces', body)).toMatchObject({ status: 400 });
  });

  test.each(['__proto__', 'constructor', 'prototype'])(
    'a field %s is unknown like any other',
    async (name) => {
      const body = `{"name":"x","${name}":{"prototype":{"admin":true}}}`;

      const problem = refused(await world.owner.post('/v1/workspaces', body), 400, 'validation_failed');

      expect(pointers(problem)).toEqual([`#/${name}`]);
    },
  );

  test.each(['12345678901234567890', '1e400', '0.1234567890123456789'])(
    'the number %s is refused wherever it stands, as it could not be kept',
    async (number) => {
      const input = JSON.stringify(original(stage, { credentials: { deep: [{ id: 'NUMBER' }] } }));

      const problem = refused(
        await world.owner.post(
          `/v1/workspaces/${workspaceId}/connections`,
          input.replace('"NUMBER"', number),
        ),
        400,
        'validation_failed',
      );

      expect(problem.errors).toEqual([
        { pointer: '#/credentials/deep/0/id', detail: expect.stringContaining('Send it as a string') },
      ]);
    },
  );

  test('a body that is not UTF-8 is refused, and nothing is stored of it', async () => {
    const path = `/v1/workspaces/${workspaceId}/connections`;
    const input = JSON.stringify(original(stage, { credentials: { key: 'BYTES' } }));
    const broken = Buffer.from(input.replace('BYTES', 'a\u00ff\u00feb'), 'latin1');
    const before = await world.owner.read(`/v1/workspaces/${workspaceId}`);

    refused(await world.owner.post(path, broken), 400, 'malformed_json');

    expect(await world.owner.read(`/v1/workspaces/${workspaceId}`)).toEqual(before);
  });

  describe('faults beyond number', () => {
    test('are listed up to 100 and counted', async () => {
      const fields = Array.from({ length: 90_000 }, (_, n) => `"field ${n}":1`);

      const answer = await world.owner.post('/v1/workspaces', `{"name":"x",${fields.join()}}`);

      const problem = refused(answer, 400, 'validation_failed');
      expect(problem.errors).toHaveLength(100);
      expect(problem.errorCount).toBe(90_000);
      expect(answer.text.length).toBeLessThan(100_000);
    });

    test.each(['/', '\\u0000', '😀'])('of a name of megabytes of %s are told in short', async (sign) => {
      const bytes = Buffer.byteLength(sign);
      const name = sign.repeat(Math.floor((4.9 * megabytes) / bytes));

      const answer = await world.owner.post('/v1/workspaces', `{"name":"x","${name}":1}`);

      expect(refused(answer, 400, 'validation_failed').errorCount).toBe(1);
      expect(answer.text.length).toBeLessThan(5_000);
    });

    test('are no reason for a 500 to somebody of no organization', async () => {
      const lone = stage.as({ email: stage.email('lone') });
      const fields = Array.from({ length: 200_000 }, (_, n) => `"${n}":1`);

      const answer = await lone.post('/v1/invitations/accept', `{${fields.join()}}`);

      expect(refused(answer, 400, 'validation_failed').errorCount).toBe(200_001);
    });
  });

  describe('media types', () => {
    test.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'jsonish'])(
      '%s is refused',
      async (type) => {
        refused(
          await world.owner.post('/v1/workspaces', '{"name":"x"}', { 'content-type': type }),
          415,
          'unsupported_media_type',
        );
      },
    );

    test('JSON is taken with a charset, and with its name in capitals', async () => {
      for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON'])
        expect(
          await world.owner.post('/v1/workspaces', '{"name":"x"}', { 'content-type': type }),
        ).toMatchObject({ status: 201 });
    });
  });

  describe('a body', () => {
    const ofSize = (bytes: number) => {
      const frame = '{"name":"x","description":""}';
      return `{"name":"x","description":"${'y'.repeat(bytes - frame.length)}"}`;
    };

    test('of just 5 MB is read', async () => {
      refused(await world.owner.post('/v1/workspaces', ofSize(5 * megabytes)), 400, 'validation_failed');
    });

    test.each([5 * megabytes + 1, 11 * megabytes])('of %i bytes is too large', async (bytes) => {
      refused(await world.owner.post('/v1/workspaces', ofSize(bytes)), 413, 'payload_too_large');
    });
  });

  test.each([
    '/',
    '/v1',
    '/v2/workspaces',
    '/v1/workspaces/',
    '/v1//workspaces',
    '/v1/nothing',
    '/v1/workspaces/a/b/c/d',
  ])('%s leads nowhere', async (path) => {
    const answer = await world.owner.get(path);

    expect(answer.status).toBe(404);
    refused(answer, 404, 'not_found');
  });

  test('a path with another method is answered 405, with the methods it has', async () => {
    const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    for (const template of new Set(routes.map((route) => route.path))) {
      const path = template.replaceAll(/[{}]/g, '');
      const has = routes.filter((route) => route.path === template).map(({ method }) => method);
      // Another route's parameter may stand there, as in /workspaces/{workspaceId} for /workspaces/draft.
      for (const method of methods.filter((one) => !routeAt(one, path))) {
        const answer = await world.owner.call(method, path, method === 'GET' ? {} : { body: {} });
        refused(answer, 405, 'method_not_allowed');
        expect(answer.headers.get('allow')?.split(', ').sort(), path).toEqual([...has].sort());
      }
    }
  });

  test('every answer has a request id of its own', async () => {
    const answers = [];
    for (const path of [
      '/v1/me',
      '/v1/me',
      '/v1/health',
      '/v1/nothing',
      `${pathOf({ workspaceId, connectionId: 'con_x' })}`,
    ])
      answers.push(await world.owner.get(path));

    const ids = answers.map(({ headers }) => headers.get('x-request-id'));

    expect(new Set(ids).size).toBe(answers.length);
    expect(ids).not.toContain(null);
  });
});
