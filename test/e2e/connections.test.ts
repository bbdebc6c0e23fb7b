import { beforeAll, describe, expect, test } from 'vitest';
import type { Account, AuditEvent, Connection, FoundAccount, Lineage, Page, Reconnected } from './shapes.ts';
import { type Answer, type Caller, onStage, refused } from './stage.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  aPerson,
  aWorkspace,
  original,
  type Person,
  pathOf,
  threeAccounts,
  type World,
  walk,
} from './world.ts';

onStage('connections', (stage) => {
  let world: World;
  let owner: Person;
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
    owner = world.owner;
  });

  const place = async (name = 'Workspace') => (await aWorkspace(owner, { name })).workspaceId;
  const read = (connection: Connection, by: Caller = owner) => by.read<Connection>(pathOf(connection));
  const accountsOf = (connection: Connection, by: Caller = owner) =>
    walk<Account>(by, `${pathOf(connection)}/accounts`);
  const selectedIn = async (connection: Connection) =>
    (await accountsOf(connection)).filter(({ selected }) => selected).map(({ accountId }) => accountId);
  const reconnect = (connection: Connection, body: Record<string, unknown> = {}, by: Caller = owner) =>
    by.post<Reconnected>(`${pathOf(connection)}/reconnect`, {
      credentials: { key: `${stage.canary}-again` },
      ...body,
    });
  const lineageOf = async (length: number) => {
    const [origin] = [await aConnection(stage, owner, await place('Level 0'))];
    const lineage = [origin];
    for (let level = 1; level < length; level++)
      lineage.push(await aCopy(owner, lineage[level - 1] ?? origin, await place(`Level ${level}`)));
    return lineage as [Connection, Connection, Connection];
  };

  describe('an original', () => {
    test('is created with 201 and Location, shows everything but its credentials, and selects all accounts', async () => {
      const workspaceId = await place();
      const body = original(stage);

      const answer = await owner.post<Connection>(`/v1/workspaces/${workspaceId}/connections`, body);

      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({
        workspaceId,
        name: 'Google Ads',
        dataSource: 'google-ads',
        businessAccount: { id: 'b1', name: 'Business One' },
        status: 'active',
        accounts: { status: 'ready', mode: 'all', total: 3, selected: 3 },
        lineage: {
          originId: answer.body.connectionId,
          originWorkspaceId: workspaceId,
          kind: 'original',
          copies: 0,
        },
        createdBy: owner.userId,
        lastAuthorizedBy: owner.userId,
        authorizationVersion: 1,
      });
      expect(answer.headers.get('location')).toBe(pathOf(answer.body));
      expect(await read(answer.body)).toEqual(answer.body);
      expect(await owner.read(`/v1/workspaces/${workspaceId}`)).toMatchObject({ connectionCount: 1 });
    });

    test('is named after its business account unless it has a name, and may have no accounts yet', async () => {
      const made = await aConnection(stage, owner, await place(), { name: undefined, accounts: undefined });

      expect(made).toMatchObject({
        name: 'Business One',
        accounts: { status: 'none', mode: 'all', total: 0, selected: 0 },
      });
    });

    test('selects from its own accounts, by id or all of them, and follows the list when all', async () => {
      const connection = await aConnection(stage, owner, await place());

      const chosen = await owner.patch<Connection>(pathOf(connection), { accountIds: ['a3', 'a1'] });
      const none = await owner.patch<Connection>(pathOf(connection), { accountIds: [] });
      const all = await owner.patch<Connection>(pathOf(connection), { accountIds: 'all' });
      await reconnect(connection, { accounts: [...threeAccounts, { id: 'a4', name: 'New' }] });

      expect(chosen.body.accounts).toEqual({ status: 'ready', mode: 'selected', total: 3, selected: 2 });
      expect(none.body.accounts).toMatchObject({ mode: 'selected', selected: 0 });
      expect(all.body.accounts).toMatchObject({ mode: 'all', selected: 3 });
      expect((await read(connection)).accounts).toEqual({
        status: 'ready',
        mode: 'all',
        total: 4,
        selected: 4,
      });
    });

    test('takes no account that it has not, and names each of them', async () => {
      const connection = await aConnection(stage, owner, await place());

      const answer = await owner.patch(pathOf(connection), { name: 'New', accountIds: ['a1', 'x', 'y'] });

      const problem = refused(answer, 400, 'account_not_available');
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['#/accountIds/1', '#/accountIds/2']);
      expect(await read(connection)).toEqual(connection);
    });
  });

  describe('a copy', () => {
    test('has a name and a selection of its own, and shares the authorization', async () => {
      const source = await aConnection(stage, owner, await place('From'));
      const copy = await aCopy(owner, source, await place('To'), ['a1', 'a2']);

      await owner.patch(pathOf(copy), { name: 'A name of its own', accountIds: ['a2'] });

      expect(await read(copy)).toMatchObject({
        name: 'A name of its own',
        businessAccount: source.businessAccount,
        accounts: { mode: 'selected', total: 3, selected: 1 },
        lineage: { kind: 'copy', originId: source.connectionId, parentId: source.connectionId },
        authorizationVersion: source.authorizationVersion,
        lastAuthorizedAt: source.lastAuthorizedAt,
      });
      expect(await read(source)).toMatchObject({
        name: 'Google Ads',
        accounts: { selected: 3 },
        lineage: { copies: 1 },
      });
    });

    test('without a selection has what the source has, and goes on following it', async () => {
      const source = await aConnection(stage, owner, await place());
      await owner.patch(pathOf(source), { accountIds: ['a1', 'a3'] });
      const narrow = await aCopy(owner, source, await place());
      await owner.patch(pathOf(source), { accountIds: 'all' });
      const wide = await aCopy(owner, source, await place());
      await reconnect(source, { accounts: [...threeAccounts, { id: 'a4', name: 'New' }] });

      expect(await selectedIn(narrow)).toEqual(['a1', 'a3']);
      expect(await selectedIn(wide)).toEqual(['a1', 'a2', 'a3', 'a4']);
    });

    test('takes only accounts that its parent has selected', async () => {
      const source = await aConnection(stage, owner, await place());
      await owner.patch(pathOf(source), { accountIds: ['a1', 'a2'] });
      const [first, second] = [await place(), await place()];
      const copy = await aCopy(owner, source, first, ['a1']);
      const at = { workspaceId: source.workspaceId, connectionId: source.connectionId };

      const tooMuch = await owner.post(`/v1/workspaces/${second}/connections/copy`, {
        connections: [{ ...at, accountIds: ['a1', 'a3'] }],
      });
      const deeper = await owner.post(`/v1/workspaces/${second}/connections/copy`, {
        connections: [{ workspaceId: first, connectionId: copy.connectionId, accountIds: ['a2'] }],
      });
      const later = await owner.patch(pathOf(copy), { accountIds: ['a1', 'a3'] });
      const more = await owner.patch<Connection>(pathOf(copy), { accountIds: ['a1', 'a2'] });

      expect(refused(tooMuch, 400, 'account_not_available').errors).toMatchObject([
        { pointer: '#/connections/0/accountIds/1' },
      ]);
      refused(deeper, 400, 'account_not_available');
      refused(later, 400, 'account_not_available');
      expect(more).toMatchObject({ status: 200, body: { accounts: { selected: 2 } } });
    });

    test('gets more accounts only by somebody with the right in the parent’s workspace too; fewer by anybody', async () => {
      const source = await aConnection(stage, owner, await place());
      const here = await place();
      const copy = await aCopy(owner, source, here, ['a1', 'a2']);
      const local = await aPerson(stage, owner, { [here]: 'editor' });
      const reader = await aPerson(stage, owner, { [here]: 'editor', [source.workspaceId]: 'viewer' });
      const both = await aPerson(stage, owner, { [here]: 'editor', [source.workspaceId]: 'editor' });

      for (const person of [local, reader])
        refused(await person.patch(pathOf(copy), { accountIds: ['a1', 'a3'] }), 403, 'forbidden');
      const fewer = await local.patch(pathOf(copy), { accountIds: ['a2'] });
      const more = await both.patch(pathOf(copy), { accountIds: ['a2', 'a3'] });

      expect([fewer.status, more.status]).toEqual([200, 200]);
      expect(await selectedIn(copy)).toEqual(['a2', 'a3']);
    });

    test('is not made into its own workspace, nor twice of the same origin, by whatever way', async () => {
      const [from, to, third] = [await place(), await place(), await place()];
      const source = await aConnection(stage, owner, from);
      const copy = await aCopy(owner, source, to);
      const deeper = await aCopy(owner, copy, third);
      const copyOf = (into: string, ...sources: Connection[]) =>
        owner.post(`/v1/workspaces/${into}/connections/copy`, {
          connections: sources.map(({ workspaceId, connectionId }) => ({ workspaceId, connectionId })),
        });

      refused(await copyOf(from, source), 400, 'validation_failed');
      refused(await copyOf(to, source), 409, 'already_connected');
      refused(await copyOf(third, source), 409, 'already_connected');
      refused(await copyOf(from, deeper), 409, 'already_connected');
      refused(await copyOf(await place(), source, copy), 409, 'already_connected');
      expect(await read(source)).toMatchObject({ lineage: { copies: 1 } });
    });

    test('of whole workspaces skips what is there already, and lists it', async () => {
      const [from, to] = [await place(), await place()];
      const [there, fresh] = [await aConnection(stage, owner, from), await aConnection(stage, owner, from)];
      await aCopy(owner, there, to);

      const answer = await owner.post<{ items: Connection[]; skipped: unknown[] }>(
        `/v1/workspaces/${to}/connections/copy`,
        { allFrom: [from] },
      );

      expect(answer.status).toBe(201);
      expect(answer.body.items.map(({ lineage }) => lineage.parentId)).toEqual([fresh.connectionId]);
      expect(answer.body.skipped).toEqual([
        { workspaceId: from, connectionId: there.connectionId, code: 'already_connected' },
      ]);
    });

    test('needs the right in the source and in the target', async () => {
      const [from, to] = [await place(), await place()];
      const source = await aConnection(stage, owner, from);
      const body = { connections: [{ workspaceId: from, connectionId: source.connectionId }] };
      const may = async (roles: Record<string, 'viewer' | 'editor'>) =>
        (await aPerson(stage, owner, roles)).post(`/v1/workspaces/${to}/connections/copy`, body);

      refused(await may({ [from]: 'viewer', [to]: 'editor' }), 403, 'forbidden');
      refused(await may({ [from]: 'editor', [to]: 'viewer' }), 403, 'forbidden');
      refused(await may({ [to]: 'editor' }), 404, 'not_found');
      refused(await may({ [from]: 'editor' }), 404, 'not_found');
      expect((await may({ [from]: 'editor', [to]: 'editor' })).status).toBe(201);
    });
  });

  describe('reconnecting', () => {
    test('any connection of a lineage renews all of it, siblings and the origin included', async () => {
      const [origin, copy, deepest] = await lineageOf(3);
      const sibling = await aCopy(owner, origin, await place());
      for (const [n, through] of [sibling, origin, deepest, copy].entries()) {
        const answer = await reconnect(through);

        expect(answer.body).toMatchObject({
          reconnected: 4,
          connection: { connectionId: through.connectionId },
        });
        for (const one of [origin, copy, deepest, sibling])
          expect(await read(one)).toMatchObject({
            authorizationVersion: n + 2,
            lastAuthorizedBy: owner.userId,
          });
      }
    });

    test('takes an error away from the whole lineage', async () => {
      const [origin, copy] = await lineageOf(2);
      const error = { code: 'revoked', message: 'No longer allowed' };
      const service = `/v1/service/organizations/${world.organizationId}${pathOf(copy).replace('/v1', '')}/authorization`;
      await stage
        .service('authorization.write')
        .put(service, { authorizationVersion: 1, status: 'error', error });
      expect(await read(origin)).toMatchObject({ status: 'error', error });

      await reconnect(copy);

      for (const one of [origin, copy]) {
        const now = await read(one);
        expect(now.status).toBe('active');
        expect(now).not.toHaveProperty('error');
      }
    });

    test('needs the right where it is asked for, and nowhere else', async () => {
      const [origin, copy] = await lineageOf(2);
      const editor = await aPerson(stage, owner, { [copy.workspaceId]: 'editor' });
      const viewer = await aPerson(stage, owner, {
        [copy.workspaceId]: 'viewer',
        [origin.workspaceId]: 'editor',
      });

      refused(await reconnect(copy, {}, viewer), 403, 'forbidden');
      const answer = await reconnect(copy, {}, editor);

      expect(answer.body.reconnected).toBe(2);
      expect(await read(origin)).toMatchObject({ authorizationVersion: 2, lastAuthorizedBy: editor.userId });
    });

    test('with the same business account takes its new name, with another one changes nothing', async () => {
      const [origin, copy] = await lineageOf(2);

      refused(
        await reconnect(copy, { businessAccount: { id: 'b2', name: 'Business One' } }),
        409,
        'business_account_mismatch',
      );
      expect(await read(origin)).toMatchObject({ authorizationVersion: 1 });
      await reconnect(copy, { businessAccount: { id: 'b1', name: 'Business One, renamed' } });

      expect((await read(origin)).businessAccount).toEqual({ id: 'b1', name: 'Business One, renamed' });
    });

    test('by somebody without the right in the origin’s workspace names no account but those of the copy, and leaves the list', async () => {
      const canary = { id: 'canary-1', name: 'A canary’s name' };
      const origin = await aConnection(stage, owner, await place(), { accounts: [...threeAccounts, canary] });
      const copy = await aCopy(owner, origin, await place(), ['a1']);
      const roles = ['admin', 'editor', 'viewer'] as const;
      const people = await Promise.all(
        roles.map((role) => aPerson(stage, owner, { [copy.workspaceId]: role })),
      );
      const before = await accountsOf(origin);
      const answers: Answer<unknown>[] = [];

      for (const person of people)
        answers.push(
          await reconnect(copy, { accounts: [] }, person),
          await reconnect(copy, { businessAccount: { id: 'other', name: 'Other' } }, person),
          await reconnect(copy, { accounts: [], acceptAccountLoss: true }, person),
          await reconnect(copy, { businessAccount: { id: 'b1', name: 'Renamed' } }, person),
          await person.get(`${pathOf(copy)}/accounts`),
          await person.get(`${pathOf(copy)}/lineage`),
          await person.get('/v1/accounts?search=canary'),
          await person.get('/v1/events'),
          await person.patch(pathOf(copy), { accountIds: 'all' }),
          await person.delete(pathOf(origin)),
        );

      for (const { text, headers } of answers)
        expect(text + JSON.stringify([...headers])).not.toMatch(/canary-1|canary’s/);
      const [refusal, , accepted] = answers.slice(answers.length / people.length) as Answer<Reconnected>[];
      expect(refused(refusal as Answer<unknown>, 409, 'accounts_would_be_lost').accounts).toEqual([
        threeAccounts[0],
      ]);
      expect(accepted).toMatchObject({ status: 200, body: { accountList: 'unchanged', reconnected: 2 } });
      expect(await accountsOf(origin)).toEqual(before);
      expect(await read(origin)).toMatchObject({ businessAccount: origin.businessAccount });
    });

    test('that would lose accounts names them and needs consent; then who had selected them sees them as unavailable', async () => {
      const [origin, copy] = await lineageOf(2);
      await owner.patch(pathOf(copy), { accountIds: ['a1', 'a2'] });
      const accounts = [threeAccounts[0], { id: 'a9', name: 'Brand new' }];

      const problem = refused(await reconnect(copy, { accounts }), 409, 'accounts_would_be_lost');
      expect(problem.accounts).toEqual([threeAccounts[1], threeAccounts[2]]);
      expect(await read(origin)).toMatchObject({ authorizationVersion: 1, accounts: { total: 3 } });
      const answer = await reconnect(copy, { accounts, acceptAccountLoss: true });

      expect(answer).toMatchObject({
        status: 200,
        body: { accountList: 'replaced', connection: { accounts: { total: 2, selected: 1 } } },
      });
      expect(await accountsOf(copy)).toEqual(
        expect.arrayContaining([
          { accountId: 'a1', name: 'Zoë Shoes', status: 'available', selected: true },
          { accountId: 'a2', name: 'Zoë Hats', status: 'unavailable', selected: true },
        ]),
      );
      expect((await accountsOf(copy)).map(({ accountId }) => accountId)).not.toContain('a3');
      await reconnect(copy, { accounts: [...threeAccounts, { id: 'a9', name: 'Brand new' }] });
      expect(await accountsOf(copy)).toEqual(
        expect.arrayContaining([{ accountId: 'a2', name: 'Zoë Hats', status: 'available', selected: true }]),
      );
    });

    test('30 times against a copy being made: afterwards all of the lineage shows the last authorization', async () => {
      const origin = await aConnection(stage, owner, await place());
      const to = await place();
      for (let round = 0; round < 30; round++) {
        const [reconnected, copied] = await Promise.all([
          reconnect(origin),
          owner.post<{ items: Connection[] }>(`/v1/workspaces/${to}/connections/copy`, {
            connections: [{ workspaceId: origin.workspaceId, connectionId: origin.connectionId }],
          }),
        ]);

        expect([reconnected.status, copied.status]).toEqual([200, 201]);
        const [copy] = copied.body.items;
        if (!copy) throw new Error('There is no copy.');
        expect(await read(copy)).toMatchObject({ authorizationVersion: round + 2 });
        expect((await owner.delete(pathOf(copy))).status).toBe(204);
      }
      expect(await read(origin)).toMatchObject({ authorizationVersion: 31, lineage: { copies: 0 } });
    });
  });

  describe('deleting', () => {
    test('counts copies that the caller cannot see without naming them', async () => {
      const [from, seen, hidden] = [await place(), await place('Seen'), await place()];
      const source = await aConnection(stage, owner, from);
      const editor = await aPerson(stage, owner, { [from]: 'editor', [seen]: 'viewer' });
      const copy = await aCopy(owner, source, seen);
      await aCopy(owner, source, hidden);

      const answer = await editor.delete(pathOf(source));

      expect(refused(answer, 409, 'connection_has_copies').copies).toEqual({
        total: 2,
        hidden: 1,
        items: [{ connectionId: copy.connectionId, workspaceId: seen, workspaceName: 'Seen' }],
      });
      expect(answer.text).not.toContain(hidden);
    });

    test('30 times against a copy being made: either the copy stands with its parent, or neither is there', async () => {
      const [from, to] = [await place(), await place()];
      const outcomes = new Set<string>();
      for (let round = 0; round < 30; round++) {
        const source = await aConnection(stage, owner, from, { accounts: [] });
        const body = { connections: [{ workspaceId: from, connectionId: source.connectionId }] };

        const [deleted, copied] = await Promise.all([
          owner.delete(pathOf(source)),
          owner.post<{ items: Connection[] }>(`/v1/workspaces/${to}/connections/copy`, body),
        ]);

        outcomes.add(`${deleted.status} ${copied.status}`);
        const parent = (await owner.get(pathOf(source))).status;
        if (copied.status === 201) {
          const [copy] = copied.body.items;
          if (!copy) throw new Error('There is no copy.');
          expect([parent, await owner.get(pathOf(copy))]).toMatchObject([200, { status: 200 }]);
          for (const one of [copy, source]) await owner.delete(pathOf(one));
        } else expect(parent).toBe(404);
      }
      for (const outcome of outcomes) expect(['204 404', '409 201']).toContain(outcome);
      for (const id of [from, to])
        expect(await owner.read(`/v1/workspaces/${id}`)).toMatchObject({ connectionCount: 0 });
    });

    test('a copy leaves the rest of the lineage as it was, and the workspace may get another one', async () => {
      const [origin, copy] = await lineageOf(2);

      await owner.delete(pathOf(copy));
      const again = await aCopy(owner, origin, copy.workspaceId);

      refused(await owner.get(pathOf(copy)), 404, 'not_found');
      expect(again.connectionId).not.toBe(copy.connectionId);
      expect(await read(origin)).toMatchObject({ lineage: { copies: 1 }, accounts: { selected: 3 } });
    });
  });

  describe('a lineage', () => {
    test('lists every connection with its parent, page by page, and counts what is hidden', async () => {
      const [origin, copy, deepest] = await lineageOf(3);
      const viewer = await aPerson(stage, owner, { [copy.workspaceId]: 'viewer' });

      const all = await owner.read<Lineage>(`${pathOf(deepest)}/lineage`);
      const paged = await walk<Lineage['items'][number]>(owner, `${pathOf(deepest)}/lineage`, 1);
      const seen = await viewer.get<Lineage>(`${pathOf(copy)}/lineage`);

      expect(all).toMatchObject({
        origin: { connectionId: origin.connectionId, workspaceId: origin.workspaceId },
        total: 3,
        hidden: 0,
      });
      expect(
        Object.fromEntries(all.items.map(({ connectionId, parentId }) => [connectionId, parentId])),
      ).toEqual({
        [origin.connectionId]: null,
        [copy.connectionId]: origin.connectionId,
        [deepest.connectionId]: copy.connectionId,
      });
      expect(paged).toEqual(all.items);
      expect(seen.body).toMatchObject({ total: 3, hidden: 2, items: [{ connectionId: copy.connectionId }] });
      for (const { workspaceId } of [origin, deepest]) expect(seen.text).not.toContain(workspaceId);
    });

    test('does not tell of workspaces that the caller cannot see, but for their number', async () => {
      const [origin, copy] = await lineageOf(3);
      const viewer = await aPerson(stage, owner, { [copy.workspaceId]: 'viewer' });

      const { text, body } = await viewer.get<Connection>(pathOf(copy));

      expect(body.lineage).toMatchObject({ kind: 'copy', originId: origin.connectionId, copies: 1 });
      expect(body.lineage).not.toHaveProperty('parentWorkspaceId');
      expect(body.lineage).not.toHaveProperty('originWorkspaceId');
      expect(text).not.toContain(origin.workspaceId);
    });
  });

  describe('lists', () => {
    test('connections are found by part of their name, by status and by data source', async () => {
      const workspaceId = await place();
      const google = await aConnection(stage, owner, workspaceId, { name: 'Zoë’s Adwords' });
      const facebook = await aConnection(stage, owner, workspaceId, {
        name: 'Meta',
        dataSource: 'facebook-ads',
      });
      const service = `/v1/service/organizations/${world.organizationId}${pathOf(facebook).replace('/v1', '')}/authorization`;
      const error = { code: 'revoked', message: 'Gone' };
      await stage
        .service('authorization.write')
        .put(service, { authorizationVersion: 1, status: 'error', error });
      const found = async (query: string) =>
        (await walk<Connection>(owner, `/v1/workspaces/${workspaceId}/connections?${query}`)).map(
          ({ name }) => name,
        );

      expect(await found('search=ZOE')).toEqual([google.name]);
      expect(await found('status=error')).toEqual(['Meta']);
      expect(await found('status=active')).toEqual([google.name]);
      expect(await found('dataSource=facebook-ads')).toEqual(['Meta']);
      expect(await found('dataSource=facebook-ads&status=active')).toEqual([]);
      refused(
        await owner.get(`/v1/workspaces/${workspaceId}/connections?status=odd`),
        400,
        'validation_failed',
      );
    });

    test('the accounts that one could copy are each listed once per origin, with where to copy them from', async () => {
      const { owner: by } = await anOrganization(stage);
      const [agency, client, target] = [
        await aWorkspace(by, { name: 'Agency' }),
        await aWorkspace(by),
        await aWorkspace(by),
      ];
      const source = await aConnection(stage, by, agency.workspaceId, { name: 'Source' });
      await aCopy(by, source, client.workspaceId);
      await aConnection(stage, by, client.workspaceId, {
        dataSource: 'other',
        accounts: [{ id: 'z', name: 'Zoë Other' }],
      });

      const all = await walk<FoundAccount>(by, '/v1/accounts');
      const searched = await walk<FoundAccount>(by, '/v1/accounts?search=ZOE');
      const ofSource = await walk<FoundAccount>(by, '/v1/accounts?dataSource=other');
      await aCopy(by, source, target.workspaceId, ['a1']);
      const missing = await walk<FoundAccount>(by, `/v1/accounts?notInWorkspaceId=${target.workspaceId}`);

      expect(all.map(({ accountId }) => accountId).sort()).toEqual(['a1', 'a2', 'a3', 'z']);
      expect(all.find(({ accountId }) => accountId === 'a1')).toEqual({
        accountId: 'a1',
        name: 'Zoë Shoes',
        status: 'available',
        dataSource: 'google-ads',
        connection: {
          connectionId: source.connectionId,
          workspaceId: agency.workspaceId,
          workspaceName: 'Agency',
          name: 'Source',
          status: 'active',
        },
      });
      expect(searched.map(({ accountId }) => accountId).sort()).toEqual(['a1', 'a2', 'z']);
      expect(ofSource.map(({ accountId }) => accountId)).toEqual(['z']);
      expect(missing.map(({ accountId }) => accountId)).toEqual(['z']);
      expect(await walk(by, '/v1/accounts', 1)).toEqual(all);
    });

    test('a viewer could copy nothing, and is offered nothing', async () => {
      const { owner: by } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(by);
      await aConnection(stage, by, workspaceId);
      const viewer = await aPerson(stage, by, { [workspaceId]: 'viewer' });

      expect(await viewer.read('/v1/accounts')).toEqual({ items: [], nextCursor: null });
    });

    test('an account of a copy’s parent is shown as selectable only to those with the right there', async () => {
      const source = await aConnection(stage, owner, await place());
      const here = await place();
      const copy = await aCopy(owner, source, here, ['a1']);
      const editor = await aPerson(stage, owner, { [here]: 'editor' });

      const byOwner = (await accountsOf(copy)).map(({ accountId, selected }) => [accountId, selected]);
      const byEditor = (await accountsOf(copy, editor)).map(({ accountId, selected }) => [
        accountId,
        selected,
      ]);

      expect(byOwner).toEqual([
        ['a1', true],
        ['a2', false],
        ['a3', false],
      ]);
      expect(byEditor).toEqual([['a1', true]]);
    });
  });

  test('every step is told in an event, without credentials', async () => {
    const [from, to] = [await place(), await place()];
    const source = await aConnection(stage, owner, from);
    const copy = await aCopy(owner, source, to);
    await owner.patch(pathOf(copy), { name: 'New' });
    await reconnect(copy);
    await owner.delete(pathOf(copy));

    const { items } = await owner.read<Page<AuditEvent>>(`/v1/events?workspaceId=${to}`);
    const told = items.map(({ type }) => type).filter((type) => type.startsWith('connection.'));

    expect(told).toEqual([
      'connection.deleted',
      'connection.reconnected',
      'connection.updated',
      'connection.copied',
    ]);
    expect(await owner.read(`/v1/events?workspaceId=${from}&type=connection.created`)).toMatchObject({
      items: [{ type: 'connection.created', actor: { kind: 'user', id: owner.userId } }],
    });
  });
});
