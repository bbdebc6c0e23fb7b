import { beforeAll, expect, test } from 'vitest';
import type { Account, AuditEvent, Connection, Page, ServiceCredentials } from './shapes.ts';
import { type Caller, onStage, refused } from './stage.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  aWorkspace,
  original,
  type Person,
  pathOf,
  servicePathOf,
  threeAccounts,
  walk,
} from './world.ts';

onStage('services', (stage) => {
  let owner: Person;
  let organizationId: string;
  let reader: Caller;
  let reporter: Caller;
  beforeAll(async () => {
    ({ owner, organizationId } = await anOrganization(stage, { limits: { workspaces: 1_000 } }));
    reader = stage.service('credentials.read');
    reporter = stage.service('authorization.write');
  });

  const place = async () => (await aWorkspace(owner)).workspaceId;
  const at = (connection: Connection) => servicePathOf(organizationId, connection);
  const read = (connection: Connection) => owner.read<Connection>(pathOf(connection));
  const credentialsOf = (connection: Connection) =>
    reader.read<ServiceCredentials>(`${at(connection)}/credentials`);
  const lineage = async () => {
    const origin = await aConnection(stage, owner, await place());
    const copy = await aCopy(owner, origin, await place(), ['a1', 'a2']);
    return { origin, copy, deepest: await aCopy(owner, copy, await place(), ['a2']) };
  };
  const reconnect = (connection: Connection, key: string) =>
    owner.make(`${pathOf(connection)}/reconnect`, { credentials: { key: `${stage.canary}-${key}` } });

  test('the credentials of a copy are those of its lineage, its accounts its own', async () => {
    const { origin, copy, deepest } = await lineage();

    const all = [await credentialsOf(origin), await credentialsOf(copy), await credentialsOf(deepest)];

    for (const one of all)
      expect(one).toMatchObject({
        dataSource: 'google-ads',
        businessAccount: { id: 'b1', name: 'Business One' },
        credentials: { refreshToken: `${stage.canary}-first` },
        authorizationVersion: 1,
      });
    expect(all.map(({ accountIds }) => accountIds)).toEqual([['a1', 'a2', 'a3'], ['a1', 'a2'], ['a2']]);
  });

  test('after a reconnect through any of them all have the new credentials', async () => {
    const { origin, copy, deepest } = await lineage();

    await reconnect(deepest, 'second');

    for (const one of [origin, copy, deepest])
      expect(await credentialsOf(one)).toMatchObject({
        credentials: { key: `${stage.canary}-second` },
        authorizationVersion: 2,
      });
  });

  test('credentials with names that objects have of their own come back as they were sent', async () => {
    const credentials = `{"__proto__":{"token":"${stage.canary}"},"constructor":{"prototype":{"a":1}},"b":{"__proto__":2}}`;
    const input = JSON.stringify(original(stage, { credentials: 'HERE' })).replace('"HERE"', credentials);
    const connection = await owner.post<Connection>(`/v1/workspaces/${await place()}/connections`, input);
    expect(connection.status, connection.text).toBe(201);

    const { text } = await reader.get(`${at(connection.body)}/credentials`);

    expect(text).toContain(`"credentials":${credentials}`);
  });

  test('credentials come back as they were sent, and are not to be kept by anybody on the way', async () => {
    const credentials = {
      token: stage.canary,
      nested: { list: [1, 2.5, true, null, 'ü'], empty: {} },
      expires: 1e12,
    };
    const connection = await aConnection(stage, owner, await place(), { credentials });

    const answer = await reader.get<ServiceCredentials>(`${at(connection)}/credentials`);

    expect(answer.body.credentials).toEqual(credentials);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('a failure that is reported for one connection shows on its whole lineage, and so does its end', async () => {
    const { origin, copy, deepest } = await lineage();
    const error = { code: 'token_revoked', message: 'The user has revoked the access.' };

    const failed = await reporter.put(`${at(copy)}/authorization`, {
      authorizationVersion: 1,
      status: 'error',
      error,
    });
    for (const one of [origin, copy, deepest])
      expect(await read(one)).toMatchObject({ status: 'error', error });
    const works = await reporter.put(`${at(deepest)}/authorization`, {
      authorizationVersion: 1,
      status: 'active',
    });

    expect([failed.status, works.status]).toEqual([200, 200]);
    for (const one of [origin, copy, deepest]) {
      const now = await read(one);
      expect(now.status).toBe('active');
      expect(now).not.toHaveProperty('error');
    }
    const { items } = await owner.read<Page<AuditEvent>>(
      `/v1/events?workspaceId=${copy.workspaceId}&type=connection.failed`,
    );
    expect(items).toMatchObject([{ actor: { kind: 'service' }, details: { error } }]);
  });

  test('the same report again changes nothing', async () => {
    const { origin } = await lineage();
    const report = { authorizationVersion: 1, status: 'error', error: { code: 'x', message: 'y' } };
    await reporter.put(`${at(origin)}/authorization`, report);
    const before = await read(origin);

    expect((await reporter.put(`${at(origin)}/authorization`, report)).status).toBe(200);

    expect(await read(origin)).toEqual(before);
  });

  test('a report on an authorization that was replaced since is stale and changes nothing', async () => {
    const { origin, copy } = await lineage();
    await reconnect(copy, 'second');
    const before = await read(origin);
    const stale = [
      ['authorization', { authorizationVersion: 1, status: 'error', error: { code: 'x', message: 'y' } }],
      ['authorization', { authorizationVersion: 1, status: 'active' }],
      ['accounts', { authorizationVersion: 1, accounts: [] }],
    ] as const;

    for (const [what, body] of stale)
      refused(await reporter.put(`${at(copy)}/${what}`, body), 409, 'stale_authorization');

    expect(await read(origin)).toEqual(before);
  });

  test.each([
    ['an error without its code', { authorizationVersion: 1, status: 'error' }],
    [
      'an error of a connection that works',
      { authorizationVersion: 1, status: 'active', error: { code: 'x', message: 'y' } },
    ],
    ['no version', { status: 'active' }],
    ['a version of zero', { authorizationVersion: 0, status: 'active' }],
    ['another status', { authorizationVersion: 1, status: 'odd' }],
  ])('a report with %s is refused', async (_, body) => {
    const connection = await aConnection(stage, owner, await place());

    refused(await reporter.put(`${at(connection)}/authorization`, body), 400, 'validation_failed');
  });

  test('a report of accounts replaces the list of the lineage and names those that went', async () => {
    const { origin, copy, deepest } = await lineage();
    const accounts = [threeAccounts[0], { id: 'a3', name: 'Socks, renamed' }, { id: 'a4', name: 'New' }];

    const answer = await reporter.put(`${at(deepest)}/accounts`, { authorizationVersion: 1, accounts });

    expect(answer).toMatchObject({ status: 200, body: { total: 3, lost: [threeAccounts[1]] } });
    expect(await read(origin)).toMatchObject({ accounts: { mode: 'all', total: 3, selected: 3 } });
    expect(await read(copy)).toMatchObject({ accounts: { mode: 'selected', total: 3, selected: 1 } });
    expect(await walk<Account>(owner, `${pathOf(copy)}/accounts`)).toEqual(
      expect.arrayContaining([{ accountId: 'a2', name: 'Zoë Hats', status: 'unavailable', selected: true }]),
    );
    expect((await credentialsOf(origin)).accountIds).toEqual(['a1', 'a3', 'a4']);
    expect((await credentialsOf(deepest)).accountIds).toEqual([]);
    const back = await reporter.put(`${at(copy)}/accounts`, {
      authorizationVersion: 1,
      accounts: threeAccounts,
    });
    expect(back).toMatchObject({ body: { lost: [{ id: 'a4', name: 'New' }] } });
    expect((await credentialsOf(deepest)).accountIds).toEqual(['a2']);
  });

  test('a connection that is gone has no credentials any more', async () => {
    const connection = await aConnection(stage, owner, await place());
    await owner.delete(pathOf(connection));

    refused(await reader.get(`${at(connection)}/credentials`), 404, 'not_found');
    refused(
      await reporter.put(`${at(connection)}/authorization`, { authorizationVersion: 1, status: 'active' }),
      404,
      'not_found',
    );
  });
});
