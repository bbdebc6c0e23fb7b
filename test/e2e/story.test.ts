import { expect, test } from 'vitest';
import type { AuditEvent, Connection, Draft, Organization, Page, Workspace } from './shapes.ts';
import { onStage, refused } from './stage.ts';
import { aConnection, aCopy, anOrganization, aPerson, aWorkspace, pathOf, walk } from './world.ts';

const limitSentence =
  'Please reach out to your Customer Success Manager or our Support Team to increase the workspaces limit.';

onStage('the story of the seed', (stage) => {
  test('an admin creates a workspace for a sub-client with people and selected accounts', async () => {
    const { owner } = await anOrganization(stage);
    const agency = await aWorkspace(owner, { name: 'Agency' });
    const admin = await aPerson(stage, owner, { [agency.workspaceId]: 'admin' }, 'Ada');
    const editor = await aPerson(stage, owner, { [agency.workspaceId]: 'editor' }, 'Ed');
    const source = await aConnection(stage, owner, agency.workspaceId);

    const draft = await admin.read<Draft>(`/v1/workspaces/draft?fromWorkspaceId=${agency.workspaceId}`);
    const client = await aWorkspace(admin, {
      name: 'Client',
      description: 'A sub-client',
      members: draft.members.map(({ userId, role }) => ({ userId, role })),
      connections: [
        { workspaceId: agency.workspaceId, connectionId: source.connectionId, accountIds: ['a1', 'a3'] },
      ],
    });

    expect(draft.canCreate).toBe(true);
    expect(draft.members.map(({ userId, role }) => ({ userId, role }))).toEqual(
      expect.arrayContaining([
        { userId: owner.userId, role: 'admin' },
        { userId: admin.userId, role: 'admin' },
        { userId: editor.userId, role: 'editor' },
      ]),
    );
    expect(client).toMatchObject({ name: 'Client', status: 'active', memberCount: 3, connectionCount: 1 });
    const [copy] = await walk<Connection>(editor, `/v1/workspaces/${client.workspaceId}/connections`);
    expect(copy).toMatchObject({
      name: source.name,
      businessAccount: source.businessAccount,
      accounts: { mode: 'selected', total: 3, selected: 2 },
      lineage: {
        kind: 'copy',
        originId: source.connectionId,
        parentId: source.connectionId,
        parentWorkspaceId: agency.workspaceId,
      },
    });
  });

  test('reconnecting the deepest copy of a lineage reconnects all of it', async () => {
    const { owner } = await anOrganization(stage);
    const places = await Promise.all([1, 2, 3].map((n) => aWorkspace(owner, { name: `Level ${n}` })));
    const [first, second, third] = places.map(({ workspaceId }) => workspaceId) as [string, string, string];
    const origin = await aConnection(stage, owner, first);
    const copy = await aCopy(owner, origin, second);
    const deepest = await aCopy(owner, copy, third);

    const answer = await owner.post(`${pathOf(deepest)}/reconnect`, {
      credentials: { refreshToken: `${stage.canary}-second` },
    });

    expect(answer.body).toMatchObject({ reconnected: 3, connection: { authorizationVersion: 2 } });
    for (const connection of [origin, copy, deepest]) {
      const shown = await owner.read<Connection>(pathOf(connection));
      expect(shown).toMatchObject({ status: 'active', authorizationVersion: 2 });
      expect(shown.lastAuthorizedAt > origin.lastAuthorizedAt).toBe(true);
    }
  });

  test('a parent is deleted only after its copies, from the leaves up', async () => {
    const { owner } = await anOrganization(stage);
    const places = await Promise.all([1, 2, 3].map((n) => aWorkspace(owner, { name: `Level ${n}` })));
    const [first, second, third] = places.map(({ workspaceId }) => workspaceId) as [string, string, string];
    const origin = await aConnection(stage, owner, first);
    const copy = await aCopy(owner, origin, second);
    const deepest = await aCopy(owner, copy, third);

    for (const [parent, child, name] of [
      [origin, copy, 'Level 2'],
      [copy, deepest, 'Level 3'],
    ] as const) {
      const problem = refused(await owner.delete(pathOf(parent)), 409, 'connection_has_copies');
      expect(problem.copies).toEqual({
        total: 1,
        hidden: 0,
        items: [{ connectionId: child.connectionId, workspaceId: child.workspaceId, workspaceName: name }],
      });
      expect((await owner.get(pathOf(parent))).status).toBe(200);
    }

    for (const connection of [deepest, copy, origin]) {
      expect((await owner.delete(pathOf(connection))).status).toBe(204);
      refused(await owner.get(pathOf(connection)), 404, 'not_found');
    }
  });

  test('at the limit creating is refused with the sentence of the documentation until support raises it', async () => {
    const { owner, organizationId } = await anOrganization(stage, { limits: { workspaces: 1 } });
    const { workspaceId } = await aWorkspace(owner);
    const admin = await aPerson(stage, owner, { [workspaceId]: 'admin' });

    const problem = refused(
      await admin.post('/v1/workspaces', { name: 'Second' }),
      409,
      'workspace_limit_reached',
    );
    const draft = await admin.read<Draft>(`/v1/workspaces/draft?fromWorkspaceId=${workspaceId}`);
    const raised = await stage
      .support()
      .patch<Organization>(`/v1/admin/organizations/${organizationId}/limits`, {
        workspaces: 2,
        reason: 'A second client',
      });
    const second = await admin.post<Workspace>('/v1/workspaces', { name: 'Second' });

    expect(problem.detail).toBe(limitSentence);
    const { requestId: _, ...foretold } = problem;
    expect(draft).toMatchObject({
      canCreate: false,
      limit: { workspaces: { used: 1, limit: 1 } },
      problem: foretold,
    });
    expect(raised.body).toMatchObject({ limits: { workspaces: 2 }, usage: { workspaces: 1 } });
    expect(second.status).toBe(201);
    const events = await stage
      .support()
      .read<Page<AuditEvent>>(`/v1/admin/organizations/${organizationId}/events?type=limits.changed`);
    expect(events.items).toMatchObject([
      {
        actor: { kind: 'support' },
        details: { reason: 'A second client', before: { workspaces: 1 }, after: { workspaces: 2 } },
      },
    ]);
    refused(await admin.post('/v1/workspaces', { name: 'Third' }), 409, 'workspace_limit_reached');
  });

  test('one “Update workspace” changes name, people and accounts together, or nothing at all', async () => {
    const { owner } = await anOrganization(stage);
    const agency = await aWorkspace(owner, { name: 'Agency' });
    const person = await aPerson(stage, owner, { [agency.workspaceId]: 'viewer' });
    const source = await aConnection(stage, owner, agency.workspaceId);
    const client = await aWorkspace(owner, { name: 'Client' });
    const copy = await aCopy(owner, source, client.workspaceId, ['a1']);
    const path = `/v1/workspaces/${client.workspaceId}`;
    const change = (accountIds: string[]) => ({
      name: 'Client, renamed',
      members: { set: [{ userId: person.userId, role: 'editor' }] },
      connections: { accounts: [{ connectionId: copy.connectionId, accountIds }] },
    });

    const refusal = await owner.patch(path, change(['a1', 'nowhere']));
    const before = await owner.read<Workspace>(path);
    const changed = await owner.patch<Workspace>(path, change(['a2', 'a3']));

    refused(refusal, 400, 'account_not_available');
    expect(before).toMatchObject({ name: 'Client', memberCount: 1 });
    expect(changed.body).toMatchObject({ name: 'Client, renamed', memberCount: 2 });
    expect(await owner.read(pathOf(copy))).toMatchObject({ accounts: { mode: 'selected', selected: 2 } });
    expect(await person.read(path)).toMatchObject({ role: 'editor' });
  });
});
