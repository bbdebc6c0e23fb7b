import { beforeAll, expect, test } from 'vitest';
import type { Connection, OperationSummary, Organization, Workspace } from './shapes.ts';
import { onStage, refused } from './stage.ts';
import {
  aConnection,
  anOrganization,
  aPerson,
  aWorkspace,
  completed,
  connections,
  original,
  type Person,
  pathOf,
  type World,
  walk,
} from './world.ts';

/** More than one transaction holds, and enough for several steps. */
const many = 100;

onStage('what goes for every operation', (stage) => {
  let world: World;
  let owner: Person;
  let source: Workspace;
  let sources: Connection[];
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 100 } });
    owner = world.owner;
    source = await aWorkspace(owner, { name: 'Source' });
    sources = await connections(stage, owner, source.workspaceId, many);
  });

  const workspace = ({ workspaceId }: { workspaceId: string }) =>
    owner.read<Workspace>(`/v1/workspaces/${workspaceId}`);
  const connectionsIn = ({ workspaceId }: { workspaceId: string }) =>
    walk<Connection>(owner, `/v1/workspaces/${workspaceId}/connections`, 100);
  const usage = async () =>
    (await stage.support().read<Organization>(`/v1/admin/organizations/${world.organizationId}`)).usage
      .workspaces;
  const createBig = (input: Record<string, unknown> = {}) =>
    owner.post<Workspace>('/v1/workspaces', {
      name: 'Big',
      members: [],
      copyAllConnectionsFrom: [source.workspaceId],
      ...input,
    });
  const removed = async ({ workspaceId }: Workspace) => {
    const { body } = await owner.delete<{ operation: OperationSummary }>(`/v1/workspaces/${workspaceId}`);
    await completed(owner, body.operation);
  };
  const operationOf = ({ operation }: Pick<Workspace, 'operation'>): OperationSummary => {
    if (!operation) throw new Error('There is no operation.');
    return operation;
  };

  test('while one works on a workspace every other write to it is refused with its id, and reading goes on', async () => {
    const person = await aPerson(stage, owner, { [source.workspaceId]: 'viewer' });
    const target = await aWorkspace(owner, { name: 'Target' });
    const connection = await aConnection(stage, owner, target.workspaceId, { dataSource: 'its own' });
    const elsewhere = await aWorkspace(owner);
    const path = `/v1/workspaces/${target.workspaceId}`;
    const { body, status } = await owner.post<{ operation: OperationSummary }>(`${path}/connections/copy`, {
      allFrom: [source.workspaceId],
    });

    const refusals = await Promise.all([
      owner.patch(path, { name: 'New' }),
      owner.delete(path),
      owner.put(`${path}/members/${person.userId}`, { role: 'viewer' }),
      owner.delete(`${path}/members/${owner.userId}`),
      owner.post(`${path}/connections`, original(stage)),
      owner.post(`${path}/connections/copy`, { allFrom: [elsewhere.workspaceId] }),
      owner.patch(pathOf(connection), { name: 'New' }),
      owner.post(`${pathOf(connection)}/reconnect`, { credentials: {} }),
      owner.delete(pathOf(connection)),
      owner.post('/v1/invitations', {
        invitations: [
          { email: stage.email('guest'), grants: [{ workspaceId: target.workspaceId, role: 'viewer' }] },
        ],
      }),
    ]);
    const shown = await owner.get(path);
    const finished = await completed(owner, body.operation);

    expect(status).toBe(202);
    for (const refusal of refusals) {
      const { operationId } = refused(refusal, 409, 'workspace_busy');
      expect(operationId).toBe(body.operation.operationId);
      expect(refusal.headers.get('retry-after')).not.toBeNull();
    }
    expect(shown.body).toMatchObject({
      status: 'updating',
      operation: { operationId: body.operation.operationId },
    });
    expect(finished).toMatchObject({ kind: 'connections.copy', done: many, skipped: [] });
    expect((await owner.patch(path, { name: 'New' })).status).toBe(200);
    expect(await owner.read(path)).toMatchObject({ connectionCount: many + 1, memberCount: 1 });
    expect((await owner.get(pathOf(connection))).body).toMatchObject({ name: 'Google Ads' });
    await removed(target);
  });

  test('a source that goes while it runs is skipped and listed, and everything else is done', async () => {
    const last = (await connectionsIn(source)).slice(-5).toReversed();
    let gone: string[] = [];
    // Once the last step has begun it is too late.
    for (let round = 0; round < 5 && gone.length === 0; round++) {
      const { body } = await createBig();
      const deletions = await Promise.all(last.map((one) => owner.delete(pathOf(one))));
      gone = last.filter((_, n) => deletions[n]?.status === 204).map(({ connectionId }) => connectionId);

      const { skipped, done, total } = await completed(owner, operationOf(body));

      expect({ done, total }).toEqual({ done: many, total: many });
      expect(skipped.map(({ connectionId }) => connectionId).sort()).toEqual([...gone].sort());
      for (const one of skipped)
        expect(one).toMatchObject({ workspaceId: source.workspaceId, code: 'not_found' });
      expect(await workspace(body)).toMatchObject({ status: 'active', connectionCount: many - gone.length });
      await removed(body);
    }
    expect(gone.length).toBeGreaterThan(0);
    sources = sources.filter(({ connectionId }) => !gone.includes(connectionId));
  });

  test('is refused as a whole for whatever can be foreseen, however far down the list it stands', async () => {
    const before = [await usage(), await workspace(source)];
    const named = sources.map(({ workspaceId, connectionId }) => ({ workspaceId, connectionId }));
    const withLast = (change: Record<string, unknown>) => ({
      connections: [...named.slice(0, -1), { ...named.at(-1), ...change }],
      copyAllConnectionsFrom: [],
    });
    const limits = `/v1/admin/organizations/${world.organizationId}/limits`;

    refused(await createBig(withLast({ accountIds: ['a1', 'nowhere'] })), 400, 'account_not_available');
    refused(await createBig(withLast({ connectionId: 'con_none' })), 404, 'not_found');
    refused(await createBig({ members: [{ userId: 'usr_none', role: 'viewer' }] }), 400, 'unknown_user');
    refused(await createBig(withLast(named[0] ?? {})), 400, 'validation_failed');
    await stage.support().patch(limits, { connectionsPerWorkspace: named.length - 1, reason: 'A test' });
    refused(await createBig(), 409, 'connection_limit_reached');
    await stage.support().patch(limits, { connectionsPerWorkspace: 5_000, reason: 'A test' });

    expect([await usage(), await workspace(source)]).toEqual(before);
  });

  test('several at once all come to their end, each with exact counts', async () => {
    const answers = await Promise.all([1, 2, 3].map((n) => createBig({ name: `Big ${n}` })));

    const ended = await Promise.all(answers.map(({ body }) => completed(owner, operationOf(body))));

    for (const { done, skipped } of ended)
      expect({ done, skipped }).toEqual({ done: sources.length, skipped: [] });
    for (const { body } of answers)
      expect(await workspace(body)).toMatchObject({ status: 'active', connectionCount: sources.length });
    for (const { lineage } of await connectionsIn(source)) expect(lineage.copies).toBe(3);
  });

  test('is seen by who started it and by those in its workspace, and by nobody else', async () => {
    const from = await aWorkspace(owner);
    await connections(stage, owner, from.workspaceId, 60);
    const admin = await aPerson(stage, owner, { [from.workspaceId]: 'admin' });
    const other = await aPerson(stage, owner, { [from.workspaceId]: 'admin' });
    const { body } = await admin.post<Workspace>('/v1/workspaces', {
      name: 'Theirs',
      copyAllConnectionsFrom: [from.workspaceId],
    });
    const path = `/v1/operations/${operationOf(body).operationId}`;

    expect((await admin.get(path)).status).toBe(200);
    refused(await other.get(path), 404, 'not_found');
    refused(await (await anOrganization(stage)).owner.get(path), 404, 'not_found');
    await completed(admin, operationOf(body));
    await admin.put(`/v1/workspaces/${body.workspaceId}/members/${other.userId}`, { role: 'viewer' });
    expect((await other.get(path)).status).toBe(200);
  });
});
