import { describe, expect, test } from 'vitest';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { getOrganizationView } from '../../../domain/organizations/organization.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { getWorkspace, listWorkspaces } from '../../../domain/workspaces/listWorkspaces.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, aCopy, at, aWorkspace } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { failure, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

/** A client's workspace with a copy of one of Home's two connections and an original of its own. */
async function aClient() {
  const agency = await anAgency(engine);
  const { owner, home, editor } = agency;
  const first = await aConnection(owner, home.workspaceId, { name: 'First' });
  const second = await aConnection(owner, home.workspaceId, { name: 'Second' });
  const client = await aWorkspace(owner, {
    name: 'Client',
    members: [{ userId: editor.actor.userId, role: 'admin' }],
  });
  const copy = await aCopy(owner, first, client.workspaceId);
  const own = await aConnection(owner, client.workspaceId, { name: 'Own' });
  return { ...agency, client: await withVersion(owner, client), first, second, copy, own };
}

async function withVersion(owner: Parameters<typeof getWorkspace>[0], client: { workspaceId: string }) {
  const view = await getWorkspace(owner, client.workspaceId as Parameters<typeof getWorkspace>[1]);
  return { ...view, workspaceId: client.workspaceId as Parameters<typeof getWorkspace>[1] };
}

describe('one update', () => {
  test('changes name, people, connections and accounts together, as it reads back', async () => {
    const { owner, editor, viewer, client, second, copy, own, orgId } = await aClient();

    const answer = await updateWorkspace(owner, client.workspaceId, {
      name: 'Renamed',
      description: 'New words',
      members: {
        set: [{ userId: viewer.actor.userId, role: 'editor' }],
        remove: [editor.actor.userId],
      },
      connections: {
        add: [{ ...at(second), accountIds: ['a1'] }],
        remove: [copy.connectionId],
        accounts: [{ connectionId: own.connectionId, accountIds: ['a3'] }],
      },
    });

    expect(answer).toMatchObject({
      name: 'Renamed',
      description: 'New words',
      memberCount: 2,
      connectionCount: 2,
    });
    expect(answer.version).toBeGreaterThan(client.version);
    expect(await getWorkspace(owner, client.workspaceId)).toEqual(answer);
    const { items } = await listConnections(owner, client.workspaceId, page);
    expect(items.map(({ name, accounts }) => [name, accounts.selected]).sort()).toEqual([
      ['Own', 1],
      ['Second', 1],
    ]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('changes nothing when one part of it is refused', async () => {
    const { owner, client, home, second, first, own } = await aClient();
    const parts: UpdateWorkspace[] = [
      { name: 'X', connections: { add: [at(second), at(first)] } },
      { name: 'X', connections: { accounts: [{ connectionId: own.connectionId, accountIds: ['nope'] }] } },
      { name: 'X', connections: { remove: [second.connectionId] } },
      { name: 'X', members: { set: [{ userId: 'usr_nobody' as never, role: 'viewer' }] } },
      { name: 'X', connections: { addAllFrom: [client.workspaceId] } },
    ];
    const codes: string[] = [];

    for (const part of parts)
      codes.push((await refused(owner, () => updateWorkspace(owner, client.workspaceId, part))).code);

    expect(codes).toEqual([
      'already_connected',
      'account_not_available',
      'not_found',
      'unknown_user',
      'validation_failed',
    ]);
    expect((await getWorkspace(owner, home.workspaceId)).name).toBe('Home');
  });

  test('that changes nothing leaves version and events alone', async () => {
    const { owner, client } = await aClient();
    const events = await listEvents(owner, page);

    const answer = await updateWorkspace(owner, client.workspaceId, { name: 'Client', members: {} });

    expect(answer).toEqual(await getWorkspace(owner, client.workspaceId));
    expect(answer.version).toBe(client.version);
    expect((await listEvents(owner, page)).items).toEqual(events.items);
  });

  test('is refused for a version that is not the present one', async () => {
    const { owner, client } = await aClient();
    const rename = (name: string, version: number) =>
      updateWorkspace(owner, client.workspaceId, { name }, version);
    await rename('First', client.version);

    const error = await refused(owner, () => rename('Second', client.version));

    expect(error).toMatchObject({ code: 'version_mismatch', extra: { currentVersion: client.version + 1 } });
  });

  test('of their own role answers what the caller is afterwards', async () => {
    const { admin, home } = await anAgency(engine);

    const answer = await updateWorkspace(admin, home.workspaceId, {
      members: { set: [{ userId: admin.actor.userId, role: 'viewer' }] },
    });

    expect(answer).toEqual(await getWorkspace(admin, home.workspaceId));
    expect(answer.role).toBe('viewer');
  });

  test('takes no unknown field, at any depth', () => {
    const accepts = (input: unknown) => UpdateWorkspace.safeParse(input).success;

    expect(accepts({ name: 'X' })).toBe(true);
    expect(accepts({ limit: 5 })).toBe(false);
    expect(accepts({ members: { add: [] } })).toBe(false);
    expect(accepts({ connections: { copy: [] } })).toBe(false);
  });
});

describe('deleting a workspace', () => {
  test('takes everything in it and gives its place under the limit back', async () => {
    const { owner, client, support, orgId } = await aClient();
    const before = (await getOrganizationView(support, orgId)).usage.workspaces;

    await deleteWorkspace(owner, client.workspaceId);

    expect((await failure(() => getWorkspace(owner, client.workspaceId))).code).toBe('not_found');
    expect((await getOrganizationView(support, orgId)).usage.workspaces).toBe(before - 1);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is refused while one of its connections has copies elsewhere, which are listed', async () => {
    const { owner, home, client, copy } = await aClient();

    const error = await refused(owner, () => deleteWorkspace(owner, home.workspaceId));

    expect(error).toMatchObject({
      code: 'connection_has_copies',
      extra: {
        copies: {
          total: 1,
          hidden: 0,
          items: [
            { connectionId: copy.connectionId, workspaceId: client.workspaceId, workspaceName: 'Client' },
          ],
        },
      },
    });
  });

  test('succeeds as soon as the last copy elsewhere has gone', async () => {
    const { owner, home, client, orgId } = await aClient();
    await deleteWorkspace(owner, client.workspaceId);

    await deleteWorkspace(owner, home.workspaceId);

    expect((await listWorkspaces(owner, page)).items.map(({ name }) => name)).toEqual(['Elsewhere']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is refused for a version that is not the present one', async () => {
    const { owner, client } = await aClient();

    const error = await refused(owner, () => deleteWorkspace(owner, client.workspaceId, client.version + 1));

    expect(error.code).toBe('version_mismatch');
  });
});
