import { beforeAll, describe, expect, test, vi } from 'vitest';
import type {
  AuditEvent,
  Connection,
  Member,
  Operation,
  OperationSummary,
  Organization,
  Workspace,
} from './shapes.ts';
import { onStage, refused } from './stage.ts';
import {
  anOrganization,
  aWorkspace,
  completed,
  connections,
  type Person,
  people,
  type World,
  walk,
} from './world.ts';

const many = 300;

onStage('operations', (stage) => {
  let world: World;
  let owner: Person;
  let source: Workspace;
  let sources: Connection[];
  let crowd: Person[];
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 100 } });
    owner = world.owner;
    source = await aWorkspace(owner, { name: 'Source' });
    sources = await connections(stage, owner, source.workspaceId, many);
    crowd = await people(stage, owner, source.workspaceId, { count: 60 });
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
  const operationOf = ({ operation }: Pick<Workspace, 'operation'>): OperationSummary => {
    if (!operation) throw new Error('There is no operation.');
    return operation;
  };

  describe('creating a workspace from 300 connections with 60 people', () => {
    let answer: Awaited<ReturnType<typeof createBig>>;
    let operation: Operation;
    beforeAll(async () => {
      const members = crowd.map(({ userId }) => ({ userId, role: 'editor' }));
      answer = await createBig({ name: 'Everything', members });
    });

    test('is accepted at once: 202 with Location, the workspace as provisioning and its operation', () => {
      expect(answer).toMatchObject({
        status: 202,
        body: { name: 'Everything', status: 'provisioning', operation: { state: 'running', done: 0 } },
      });
      expect(answer.headers.get('location')).toBe(`/v1/workspaces/${answer.body.workspaceId}`);
      expect(operationOf(answer.body).total).toBe(many + 60);
    });

    test('tells when to look again while it runs, shows progress, and ends with everything done', async () => {
      const path = `/v1/operations/${operationOf(answer.body).operationId}`;
      const running = await owner.get<Operation>(path);
      const busy = await owner.get<Workspace>(answer.headers.get('location') ?? '');
      const seen = new Set([running.body.done]);

      operation = await vi.waitUntil(
        async () => {
          const now = await owner.read<Operation>(path);
          seen.add(now.done);
          return now.state === 'completed' && now;
        },
        { timeout: 30_000, interval: 10 },
      );

      expect(running.body).toMatchObject({ kind: 'workspace.create', state: 'running', finishedAt: null });
      expect(Number(running.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(busy.body).toMatchObject({ status: 'provisioning', operation: { state: 'running' } });
      expect(seen.size).toBeGreaterThan(3);
      expect([...seen]).toEqual([...seen].sort((a, b) => a - b));
      const done = many + 60;
      expect(operation).toMatchObject({ total: done, done, skipped: [], finishedAt: expect.any(String) });
      expect((await owner.get(path)).headers.get('retry-after')).toBeNull();
    });

    test('leaves every copy and every person exactly once, and an active workspace', async () => {
      const copies = await connectionsIn(answer.body);
      const members = await walk<Member>(owner, `/v1/workspaces/${answer.body.workspaceId}/members`, 100);

      expect(await workspace(answer.body)).toMatchObject({
        status: 'active',
        memberCount: 61,
        connectionCount: many,
      });
      expect(await workspace(answer.body)).not.toHaveProperty('operation');
      expect(copies.map(({ lineage }) => lineage.parentId).sort()).toEqual(
        sources.map(({ connectionId }) => connectionId).sort(),
      );
      expect(copies.every(({ accounts }) => accounts.selected === 3)).toBe(true);
      expect(new Set(members.map(({ userId }) => userId))).toEqual(
        new Set([owner, ...crowd].map(({ userId }) => userId)),
      );
      for (const parent of await connectionsIn(source)) expect(parent.lineage.copies).toBe(1);
      const created = await walk<AuditEvent>(owner, `/v1/events?workspaceId=${answer.body.workspaceId}`, 100);
      expect(created.filter(({ type }) => type === 'workspace.created')).toHaveLength(1);
      expect(copiedIn(created)).toEqual(copies.map(({ connectionId }) => connectionId).sort());
    });

    test('updating it as one changes people, connections and accounts in the same way', async () => {
      const copies = await connectionsIn(answer.body);
      const [removed, reselected] = [copies.slice(0, 200), copies.slice(200, 210)];
      const path = `/v1/workspaces/${answer.body.workspaceId}`;

      const updated = await owner.patch<Workspace>(path, {
        name: 'Half of everything',
        members: {
          set: crowd.slice(0, 10).map(({ userId }) => ({ userId, role: 'admin' })),
          remove: crowd.slice(20).map(({ userId }) => userId),
        },
        connections: {
          remove: removed.map(({ connectionId }) => connectionId),
          accounts: reselected.map(({ connectionId }) => ({ connectionId, accountIds: ['a1'] })),
        },
      });
      const finished = await completed(owner, operationOf(updated.body));

      expect(updated).toMatchObject({
        status: 202,
        body: { status: 'updating', name: 'Half of everything' },
      });
      expect(finished).toMatchObject({ kind: 'workspace.update', total: 260, done: 260, skipped: [] });
      expect(await owner.read(path)).toMatchObject({
        name: 'Half of everything',
        status: 'active',
        memberCount: 21,
        connectionCount: 100,
      });
      const left = await connectionsIn(answer.body);
      const narrowed = left
        .filter(({ accounts }) => accounts.selected === 1)
        .map(({ connectionId }) => connectionId);
      expect(left).toHaveLength(100);
      expect(narrowed.sort()).toEqual(reselected.map(({ connectionId }) => connectionId).sort());
      const members = await walk<Member>(owner, `${path}/members`, 100);
      expect(members.filter(({ role }) => role === 'admin')).toHaveLength(11);
      const gone = new Set(removed.map(({ lineage }) => lineage.parentId));
      for (const { connectionId, lineage } of await connectionsIn(source))
        expect(lineage.copies).toBe(gone.has(connectionId) ? 0 : 1);
    });

    test('deleting it is an operation too, and gives everything back', async () => {
      const before = await usage();
      const path = `/v1/workspaces/${answer.body.workspaceId}`;

      const deleted = await owner.delete<{ operation: OperationSummary }>(path);
      const meanwhile = await owner.get<Workspace>(path);
      const finished = await completed(owner, deleted.body.operation);

      expect(deleted).toMatchObject({ status: 202, body: { operation: { state: 'running' } } });
      expect(meanwhile.body).toMatchObject({ status: 'deleting' });
      expect(finished).toMatchObject({ kind: 'workspace.delete', total: 121, done: 121, skipped: [] });
      refused(await owner.get(path), 404, 'not_found');
      expect(await usage()).toBe(before - 1);
      for (const { lineage } of await connectionsIn(source)) expect(lineage.copies).toBe(0);
      expect(await crowd[0]?.read('/v1/me')).toMatchObject({
        workspaces: [{ workspaceId: source.workspaceId }],
      });
    });
  });
});

function copiedIn(events: AuditEvent[]): string[] {
  return events
    .filter(({ type }) => type === 'connection.copied')
    .flatMap(({ details }) =>
      (details.connections as { connectionId: string }[]).map(({ connectionId }) => connectionId),
    )
    .sort();
}
