import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openProcess, type ProcessTarget } from './process.ts';
import type {
  AuditEvent,
  Connection,
  Invited,
  Member,
  Operation,
  OperationSummary,
  Organization,
  Workspace,
} from './shapes.ts';
import { onStage, refused, type Stage } from './stage.ts';
import {
  accept,
  anOrganization,
  aWorkspace,
  completed,
  connections,
  mailedToken,
  type Person,
  people,
  type World,
  walk,
} from './world.ts';

const many = 200;

// A deployed stack has nothing that could be killed from here.
describe.skipIf(process.env.E2E_BASE_URL)('killed with SIGKILL and started again', () => {
  onStage('a stack with its data on disk', crashes, openProcess);
});

function crashes(stage: Stage): void {
  let world: World;
  let owner: Person;
  let crowd: Person[];
  let source: Workspace;
  let sources: Connection[];
  let made: Workspace;
  beforeAll(async () => {
    world = await anOrganization(stage);
    owner = world.owner;
    source = await aWorkspace(owner, { name: 'Source' });
    sources = await connections(stage, owner, source.workspaceId, many);
    crowd = await people(stage, owner, source.workspaceId, { count: 20 });
  });

  // The file opens this very target.
  const stack = () => stage.target as ProcessTarget;
  const connectionsIn = ({ workspaceId }: Workspace) =>
    walk<Connection>(owner, `/v1/workspaces/${workspaceId}/connections`, 100);
  const usage = async () =>
    (await stage.support().read<Organization>(`/v1/admin/organizations/${world.organizationId}`)).usage
      .workspaces;

  /** Kills the stack while the operation is in the middle, and starts it again. */
  async function killInTheMiddleOf({ operationId }: OperationSummary): Promise<Operation> {
    const last = await vi.waitUntil(
      async () => {
        const now = await owner.read<Operation>(`/v1/operations/${operationId}`);
        return now.done > 0 && now;
      },
      { timeout: 20_000, interval: 1 },
    );
    await stack().kill();
    await stack().start();
    expect(last.state).toBe('running');
    expect(last.done).toBeLessThan(last.total);
    return last;
  }

  const operationOf = ({ operation }: { operation?: OperationSummary }): OperationSummary => {
    if (!operation) throw new Error('There is no operation.');
    return operation;
  };

  test('finishes the creation of a workspace from 200 connections with exact counts', async () => {
    const { body } = await owner.post<Workspace>('/v1/workspaces', {
      name: 'Made',
      members: crowd.map(({ userId }) => ({ userId, role: 'viewer' })),
      copyAllConnectionsFrom: [source.workspaceId],
    });
    made = body;

    const before = await killInTheMiddleOf(operationOf(made));
    const finished = await completed(owner, operationOf(made));

    expect(finished).toMatchObject({ total: many + 20, done: many + 20, skipped: [] });
    expect(finished.done).toBeGreaterThan(before.done);
    expect(await owner.read(`/v1/workspaces/${made.workspaceId}`)).toMatchObject({
      status: 'active',
      memberCount: 21,
      connectionCount: many,
    });
    const copies = await connectionsIn(made);
    expect(copies.map(({ lineage }) => lineage.parentId).sort()).toEqual(
      sources.map(({ connectionId }) => connectionId).sort(),
    );
    expect((await connectionsIn(source)).map(({ lineage }) => lineage.copies)).toEqual(sources.map(() => 1));
    expect(await walk<Member>(owner, `/v1/workspaces/${made.workspaceId}/members`)).toHaveLength(21);
    const events = await walk<AuditEvent>(owner, `/v1/events?workspaceId=${made.workspaceId}`, 100);
    const told = events
      .filter(({ type }) => type === 'connection.copied')
      .flatMap(({ details }) => details.connections as { connectionId: string }[]);
    expect(told.map(({ connectionId }) => connectionId).sort()).toEqual(
      copies.map(({ connectionId }) => connectionId).sort(),
    );
  });

  test('finishes the update of a workspace with exact counts', async () => {
    const copies = await connectionsIn(made);
    const path = `/v1/workspaces/${made.workspaceId}`;
    const { body } = await owner.patch<Workspace>(path, {
      name: 'Smaller',
      members: { remove: crowd.slice(5).map(({ userId }) => userId) },
      connections: { remove: copies.slice(0, 150).map(({ connectionId }) => connectionId) },
    });

    await killInTheMiddleOf(operationOf(body));
    const finished = await completed(owner, operationOf(body));

    expect(finished).toMatchObject({ total: 165, done: 165, skipped: [] });
    expect(await owner.read(path)).toMatchObject({
      name: 'Smaller',
      status: 'active',
      memberCount: 6,
      connectionCount: 50,
    });
    const left = (await connectionsIn(made)).map(({ connectionId }) => connectionId);
    expect(left).toEqual(copies.slice(150).map(({ connectionId }) => connectionId));
    const counts = (await connectionsIn(source)).map(({ lineage }) => lineage.copies);
    expect(counts.filter((count) => count === 1)).toHaveLength(50);
  });

  test('finishes the deletion of a workspace and gives its place back once', async () => {
    const before = await usage();
    const { body } = await owner.delete<{ operation: OperationSummary }>(
      `/v1/workspaces/${made.workspaceId}`,
    );

    await killInTheMiddleOf(body.operation);
    const finished = await completed(owner, body.operation);

    expect(finished).toMatchObject({ total: 56, done: 56, skipped: [] });
    refused(await owner.get(`/v1/workspaces/${made.workspaceId}`), 404, 'not_found');
    expect(await usage()).toBe(before - 1);
    expect((await connectionsIn(source)).every(({ lineage }) => lineage.copies === 0)).toBe(true);
    const deletions = await walk<AuditEvent>(owner, '/v1/events?type=workspace.deleted');
    expect(deletions.map(({ workspaceId }) => workspaceId)).toEqual([made.workspaceId]);
  });

  test('shows everything that was answered, mails what was not yet mailed, and gives a lost answer again by its key', async () => {
    const answers = [];
    for (let n = 0; n < 10; n++)
      answers.push(
        await owner.patch<Workspace>(`/v1/workspaces/${source.workspaceId}`, { name: `Source ${n}` }),
      );
    const key = { 'idempotency-key': 'lost' };
    const first = await owner.post<Workspace>('/v1/workspaces', { name: 'Answered' }, key);
    const email = stage.email('late');
    const invitations = [{ email, grants: [{ workspaceId: source.workspaceId, role: 'viewer' }] }];
    await owner.make<Invited>('/v1/invitations', { invitations });

    await stack().kill();
    await stack().start();

    expect(await owner.read(`/v1/workspaces/${source.workspaceId}`)).toEqual(answers.at(-1)?.body);
    const again = await owner.post<Workspace>('/v1/workspaces', { name: 'Answered' }, key);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await accept(stage.as({ email }), await mailedToken(stage, email))).workspaces).toHaveLength(1);
  });

  test('keeps on disk no credential and no link that opens an invitation', async () => {
    const stored = await stack().stored();
    const links = [...stage.secrets].filter((secret) => /^org_\w+\.inv_/.test(secret));

    expect(stored.includes(source.workspaceId)).toBe(true);
    expect(links.length).toBeGreaterThan(20);
    expect(stored.includes(stage.canary)).toBe(false);
    for (const link of links) expect(stored.includes(link.split('.').at(-1) ?? '')).toBe(false);
  });
}
