import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Invited, Organization, Workspace } from './shapes.ts';
import { type Answer, type Caller, onStage, refused } from './stage.ts';
import {
  aConnection,
  aCopy,
  anOrganization,
  aPerson,
  aWorkspace,
  completed,
  connections,
  mailedToken,
  original,
  pathOf,
  servicePathOf,
  type World,
  walk,
} from './world.ts';

/** A write, sent as often as one likes, and a look at what it has done. */
type Write = {
  send: (key: string) => Promise<Answer<unknown>>;
  effect: () => Promise<unknown>;
  /** Done one by one: of two at once each may have done a part. */
  inParts?: boolean;
};

const withKey = (key: string) => ({ 'idempotency-key': key });

onStage('Idempotency-Key', (stage) => {
  let world: World;
  let owner: Caller;
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
    owner = world.owner;
  });

  const place = async () => (await aWorkspace(owner)).workspaceId;
  const count = async (path: string) => (await walk(owner, path)).length;

  const writes: Record<string, () => Promise<Write>> = {
    'creating a workspace': async () => {
      const name = `Workspace ${stage.count()}`;
      return {
        send: (key) => owner.post('/v1/workspaces', { name }, withKey(key)),
        effect: () => count(`/v1/workspaces?search=${encodeURIComponent(name)}`),
      };
    },
    'renaming a workspace': async () => {
      const path = `/v1/workspaces/${await place()}`;
      return {
        send: (key) => owner.patch(path, { name: 'New' }, withKey(key)),
        effect: () => owner.read(path),
      };
    },
    'deleting a workspace': async () => {
      const path = `/v1/workspaces/${await place()}`;
      const support = `/v1/admin/organizations/${world.organizationId}`;
      return {
        send: (key) => owner.delete(path, withKey(key)),
        effect: async () => (await stage.support().read<Organization>(support)).usage,
      };
    },
    'adding a member': async () => {
      const [home, path] = [await place(), `/v1/workspaces/${await place()}/members`];
      const { userId } = await aPerson(stage, owner, { [home]: 'viewer' });
      return {
        send: (key) => owner.put(`${path}/${userId}`, { role: 'editor' }, withKey(key)),
        effect: () => walk(owner, path),
      };
    },
    'removing a member': async () => {
      const path = `/v1/workspaces/${await place()}`;
      const { userId } = await aPerson(stage, owner, { [path.split('/')[3] ?? '']: 'viewer' });
      return {
        send: (key) => owner.delete(`${path}/members/${userId}`, withKey(key)),
        effect: () => owner.read(path),
      };
    },
    'removing a person': async () => {
      const { userId } = await aPerson(stage, owner, { [await place()]: 'viewer' });
      return {
        send: (key) => owner.delete(`/v1/users/${userId}`, withKey(key)),
        effect: async () => (await owner.get(`/v1/users/${userId}`)).status,
      };
    },
    'inviting several people': async () => {
      const workspaceId = await place();
      const emails = [stage.email('a'), stage.email('b')];
      const invitations = emails.map((email) => ({ email, grants: [{ workspaceId, role: 'viewer' }] }));
      return {
        inParts: true,
        send: (key) => owner.post('/v1/invitations', { invitations }, withKey(key)),
        effect: async () => ({
          invitations: await count(`/v1/invitations?workspaceId=${workspaceId}`),
          mails: (await Promise.all(emails.map((email) => stage.target.mails(email)))).map(
            ({ length }) => length,
          ),
        }),
      };
    },
    'resending an invitation': async () => {
      const workspaceId = await place();
      const email = stage.email('guest');
      const invitations = [{ email, grants: [{ workspaceId, role: 'viewer' }] }];
      const { items } = await owner.make<Invited>('/v1/invitations', { invitations });
      const path = `/v1/invitations/${items[0]?.invitationId}/resend`;
      return {
        send: (key) => owner.post(path, undefined, withKey(key)),
        effect: async () => (await stage.target.mails(email)).length,
      };
    },
    'accepting an invitation': async () => {
      const workspaceId = await place();
      const email = stage.email('guest');
      const invitations = [{ email, grants: [{ workspaceId, role: 'viewer' }] }];
      await owner.make('/v1/invitations', { invitations });
      const token = await mailedToken(stage, email);
      const guest = stage.as({ email });
      return {
        send: (key) => guest.post('/v1/invitations/accept', { token }, withKey(key)),
        effect: () => walk(owner, `/v1/workspaces/${workspaceId}/members`),
      };
    },
    'creating a connection': async () => {
      const path = `/v1/workspaces/${await place()}/connections`;
      return {
        send: (key) => owner.post(path, original(stage), withKey(key)),
        effect: () => walk(owner, path),
      };
    },
    'copying a connection': async () => {
      const { workspaceId, connectionId } = await aConnection(stage, owner, await place());
      const path = `/v1/workspaces/${await place()}/connections`;
      const body = { connections: [{ workspaceId, connectionId }] };
      return {
        send: (key) => owner.post(`${path}/copy`, body, withKey(key)),
        effect: () => walk(owner, path),
      };
    },
    reconnecting: async () => {
      const path = pathOf(await aConnection(stage, owner, await place()));
      const body = { credentials: { key: stage.canary } };
      return {
        send: (key) => owner.post(`${path}/reconnect`, body, withKey(key)),
        effect: async () => (await owner.read<Connection>(path)).authorizationVersion,
      };
    },
    'deleting a connection': async () => {
      const path = pathOf(await aConnection(stage, owner, await place()));
      return {
        send: (key) => owner.delete(path, withKey(key)),
        effect: () => owner.read(path.replace(/\/connections.*/, '')),
      };
    },
    'creating an organization': async () => {
      const name = `Organization ${stage.count()} of ${stage.canary}`.replace(stage.canary, 'this run');
      const email = stage.email('owner');
      return {
        send: (key) =>
          stage.support().post('/v1/admin/organizations', { name, owner: { email } }, withKey(key)),
        effect: async () => (await stage.target.mails(email)).length,
      };
    },
    'changing limits': async () => {
      const path = `/v1/admin/organizations/${(await anOrganization(stage)).organizationId}`;
      const body = { workspaces: 3, reason: 'A test' };
      return {
        send: (key) => stage.support().patch(`${path}/limits`, body, withKey(key)),
        effect: async () =>
          (await stage.support().read<{ items: [] }>(`${path}/events?type=limits.changed`)).items.length,
      };
    },
    'a report of a service': async () => {
      const connection = await aConnection(stage, owner, await place());
      const path = `${servicePathOf(world.organizationId, connection)}/accounts`;
      const service = stage.service('authorization.write');
      const body = { authorizationVersion: 1, accounts: [{ id: 'a1', name: 'Only one' }] };
      return {
        send: (key) => service.put(path, body, withKey(key)),
        effect: () => owner.read(pathOf(connection)),
      };
    },
  };

  describe.each(Object.entries(writes))('%s', (_, prepare) => {
    test('again with the same key has no second effect and gets the first answer', async () => {
      const { send, effect } = await prepare();
      const key = `again-${stage.count()}`;

      const first = await send(key);
      const after = await effect();
      const second = await send(key);

      expect(first.status, first.text).toBeLessThan(300);
      expect(first.headers.get('idempotency-replayed')).toBeNull();
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect(alike(second)).toEqual(alike(first));
      expect(await effect()).toEqual(after);
    });

    test('five times at once with one key has one effect and one answer', async () => {
      const { send, effect, inParts } = await prepare();
      const key = `at-once-${stage.count()}`;

      const answers = await Promise.all(Array.from({ length: 5 }, () => send(key)));

      const after = await effect();
      for (const answer of answers) expect(alike(answer)).toEqual(alike(answers[0]));
      expect(answers[0]?.status, answers[0]?.text).toBeLessThan(300);
      const first = answers.filter(({ headers }) => !headers.has('idempotency-replayed'));
      expect(first.length).toBeGreaterThan(0);
      if (!inParts) expect(first).toHaveLength(1);
      await send(key);
      expect(await effect()).toEqual(after);
    });
  });

  test('30 times two at once with one key: always one connection', async () => {
    const path = `/v1/workspaces/${await place()}/connections`;
    for (let round = 0; round < 30; round++) {
      const key = `round-${round}`;

      const [one, two] = await Promise.all([
        owner.post<Connection>(path, original(stage), withKey(key)),
        owner.post<Connection>(path, original(stage), withKey(key)),
      ]);

      expect(one.body.connectionId).toBe(two.body.connectionId);
    }
    expect(await count(path)).toBe(30);
  });

  test('a key is refused with another body, another path or another method, and nothing is changed', async () => {
    const workspaceId = await place();
    const key = withKey('reused');
    await owner.patch(`/v1/workspaces/${workspaceId}`, { name: 'First' }, key);

    const others = [
      await owner.patch(`/v1/workspaces/${workspaceId}`, { name: 'Second' }, key),
      await owner.patch(`/v1/workspaces/${await place()}`, { name: 'First' }, key),
      await owner.delete(`/v1/workspaces/${workspaceId}`, key),
    ];

    for (const other of others) refused(other, 422, 'idempotency_key_reused');
    expect(await owner.read(`/v1/workspaces/${workspaceId}`)).toMatchObject({ name: 'First' });
  });

  test('a key is refused with another If-Match, and without the one it came with', async () => {
    const { workspaceId, version } = await aWorkspace(owner);
    const path = `/v1/workspaces/${workspaceId}`;
    const rename = (ifMatch?: string) =>
      owner.patch(path, { name: 'New' }, { ...withKey('if-match'), ...(ifMatch && { 'if-match': ifMatch }) });
    const first = await rename(`"${version}"`);

    const others = [await rename(`"${version + 1}"`), await rename('*'), await rename()];

    for (const other of others) refused(other, 422, 'idempotency_key_reused');
    expect(alike(await rename(`"${version}"`))).toEqual(alike(first));
  });

  test('a request that changed nothing is remembered: its repeat undoes nothing, and its key is taken', async () => {
    const { workspaceId, name } = await aWorkspace(owner);
    const path = `/v1/workspaces/${workspaceId}`;
    const key = withKey('no-change');
    const first = await owner.patch(path, { name }, key);
    await owner.patch(path, { name: 'By another' });

    const again = await owner.patch(path, { name }, key);

    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(alike(again)).toEqual(alike(first));
    refused(await owner.patch(path, { name: 'Third' }, key), 422, 'idempotency_key_reused');
    expect(await owner.read(path)).toMatchObject({ name: 'By another' });
  });

  test('an owner who removes themselves gets the first answer again, and nothing else', async () => {
    const { organizationId, owner: leaver } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(leaver);
    const second = await aPerson(stage, leaver, { [workspaceId]: 'admin' });
    const owners = `/v1/admin/organizations/${organizationId}/owners`;
    await stage.support().put(`${owners}/${second.userId}`, undefined);
    const path = `/v1/users/${leaver.userId}`;

    const first = await leaver.delete(path, withKey('goodbye'));
    const again = await leaver.delete(path, withKey('goodbye'));

    expect(first.status, first.text).toBe(204);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(alike(again)).toEqual(alike(first));
    const elsewhere = `/v1/users/${second.userId}`;
    refused(await leaver.delete(elsewhere, withKey('goodbye')), 422, 'idempotency_key_reused');
    refused(await leaver.delete(path, withKey('another key')), 403, 'no_organization');
    refused(await leaver.get('/v1/me', withKey('goodbye')), 403, 'no_organization');
    refused(await second.delete(path, withKey('goodbye')), 404, 'not_found');
  });

  test('a key belongs to its caller: others use the same one for themselves', async () => {
    const workspaceId = await place();
    const admin = await aPerson(stage, owner, { [workspaceId]: 'admin' });
    const stranger = (await anOrganization(stage)).owner;
    const key = withKey('shared');

    const made = [];
    for (const caller of [owner, admin, stranger])
      made.push(await caller.post<Workspace>('/v1/workspaces', { name: 'Mine' }, key));

    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(made.map(({ body }) => body.workspaceId)).size).toBe(3);
    expect(made.some(({ headers }) => headers.has('idempotency-replayed'))).toBe(false);
  });

  test('a request that was refused may be sent again with its key, and is done once nothing is in its way', async () => {
    const [from, to] = [await place(), await place()];
    const source = await aConnection(stage, owner, from);
    const copy = await aCopy(owner, source, to);
    const key = withKey('refused-first');

    refused(await owner.delete(pathOf(source), key), 409, 'connection_has_copies');
    await owner.delete(pathOf(copy));
    const second = await owner.delete(pathOf(source), key);

    expect(second.status).toBe(204);
    expect(second.headers.get('idempotency-replayed')).toBeNull();
  });

  test('the first answer is given again even when the caller has lost the right since, or the thing is gone', async () => {
    const path = `/v1/workspaces/${await place()}`;
    const admin = await aPerson(stage, owner, { [path.split('/')[3] ?? '']: 'admin' });
    const key = withKey('before-demotion');
    const first = await admin.patch(path, { name: 'Named by an admin' }, key);
    await owner.put(`${path}/members/${admin.userId}`, { role: 'viewer' });

    const second = await admin.patch(path, { name: 'Named by an admin' }, key);

    expect(alike(second)).toEqual(alike(first));
    refused(await admin.patch(path, { name: 'Once more' }), 403, 'forbidden');
  });

  test('an operation is accepted once: the same key gets the same operation', async () => {
    const from = await place();
    await connections(stage, owner, from, 60);
    const create = () =>
      owner.post<Workspace>(
        '/v1/workspaces',
        { name: 'Big', copyAllConnectionsFrom: [from] },
        withKey('big'),
      );

    const answers = await Promise.all([create(), create()]);
    const [first] = answers;
    if (!first.body.operation) throw new Error('This was to be an operation.');
    await completed(owner, first.body.operation);
    const late = await create();

    for (const answer of [...answers, late]) expect(alike(answer)).toEqual(alike(first));
    expect(await owner.read(`/v1/workspaces/${first.body.workspaceId}`)).toMatchObject({
      connectionCount: 60,
    });
    expect(await count('/v1/workspaces?search=Big')).toBe(1);
  });

  test.each([
    ['empty', ''],
    ['of 256 characters', 'x'.repeat(256)],
    ['with a blank', 'a b'],
    ['with a letter beyond ASCII', 'schl\u00fcssel'],
  ])('a key that is %s is refused', async (_, key) => {
    const answer = await owner.post('/v1/workspaces', { name: 'New' }, withKey(key));

    refused(answer, 400, 'validation_failed');
  });

  test('a key of 255 visible characters is taken', async () => {
    const key = `!~${'k'.repeat(253)}`;

    expect((await owner.post('/v1/workspaces', { name: 'New' }, withKey(key))).status).toBe(201);
  });

  test('a key on a GET means nothing', async () => {
    const answers = [
      await owner.get('/v1/me', withKey('get')),
      await owner.get('/v1/workspaces', withKey('get')),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

/** What a client sees of an answer, but for what belongs to the exchange. */
function alike(answer: Answer<unknown> | undefined) {
  if (!answer) throw new Error('There is no answer.');
  const { status, body, headers } = answer;
  return { status, body, location: headers.get('location'), etag: headers.get('etag') };
}
