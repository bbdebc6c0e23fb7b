import { beforeAll, describe, expect, test } from 'vitest';
import type { Connection, Invitation, Invited, Member, Organization, User, Workspace } from './shapes.ts';
import { type Answer, type Caller, onStage, refused } from './stage.ts';
import { aConnection, aCopy, anOrganization, aPerson, aWorkspace, pathOf, type World } from './world.ts';

/** A write to a resource that has a version, and how to read the resource. */
type Write = {
  by: Caller;
  method: string;
  path: string;
  body?: unknown;
  read: () => Promise<{ version: number } | undefined>;
  /** It changes nothing that a PATCH could overwrite. */
  keepsVersion?: boolean;
};

onStage('versions', (stage) => {
  let world: World;
  beforeAll(async () => {
    world = await anOrganization(stage, { limits: { workspaces: 1_000 } });
  });

  /** The writes that honour If-Match, each on something of its own. */
  const writes: Record<string, () => Promise<Write>> = {
    'renaming a workspace': async () => {
      const path = `/v1/workspaces/${(await aWorkspace(world.owner)).workspaceId}`;
      return { by: world.owner, method: 'PATCH', path, body: { name: 'New' }, read: reading(path) };
    },
    'deleting a workspace': async () => {
      const path = `/v1/workspaces/${(await aWorkspace(world.owner)).workspaceId}`;
      return { by: world.owner, method: 'DELETE', path, read: reading(path) };
    },
    'changing a role': async () => {
      const { path, read } = await aMember();
      return { by: world.owner, method: 'PUT', path, body: { role: 'editor' }, read };
    },
    'removing a member': async () => {
      const { path, read } = await aMember();
      return { by: world.owner, method: 'DELETE', path, read };
    },
    'removing a person': async () => {
      const { workspaceId } = await aWorkspace(world.owner);
      const { userId } = await aPerson(stage, world.owner, { [workspaceId]: 'viewer' });
      const path = `/v1/users/${userId}`;
      return { by: world.owner, method: 'DELETE', path, read: reading<User>(path) };
    },
    'renaming a connection': async () => {
      const path = pathOf(await aConnectionOfItsOwn());
      return { by: world.owner, method: 'PATCH', path, body: { name: 'New' }, read: reading(path) };
    },
    'reconnecting a connection': async () => {
      const path = pathOf(await aConnectionOfItsOwn());
      const body = { credentials: { key: stage.canary } };
      return {
        by: world.owner,
        method: 'POST',
        path: `${path}/reconnect`,
        body,
        read: reading(path),
        keepsVersion: true,
      };
    },
    'deleting a connection': async () => {
      const path = pathOf(await aConnectionOfItsOwn());
      return { by: world.owner, method: 'DELETE', path, read: reading(path) };
    },
    'resending an invitation': async () => {
      const { path, read } = await anInvitation();
      return { by: world.owner, method: 'POST', path: `${path}/resend`, read };
    },
    'revoking an invitation': async () => {
      const { path, read } = await anInvitation();
      return { by: world.owner, method: 'DELETE', path, read };
    },
    'changing limits': async () => {
      const path = `/v1/admin/organizations/${(await anOrganization(stage)).organizationId}`;
      const read = () => stage.support().read<Organization>(path);
      const body = { workspaces: 5, reason: 'A test' };
      return { by: stage.support(), method: 'PATCH', path: `${path}/limits`, body, read };
    },
    'granting ownership': async () => {
      const { organizationId, owner } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(owner);
      const { userId } = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
      const path = `/v1/admin/organizations/${organizationId}`;
      const read = () => stage.support().read<Organization>(path);
      return { by: stage.support(), method: 'PUT', path: `${path}/owners/${userId}`, read };
    },
    'revoking ownership': async () => {
      const { organizationId, owner } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(owner);
      const { userId } = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
      const path = `/v1/admin/organizations/${organizationId}`;
      await stage.support().put(`${path}/owners/${userId}`, undefined);
      const read = () => stage.support().read<Organization>(path);
      return { by: stage.support(), method: 'DELETE', path: `${path}/owners/${userId}`, read };
    },
  };

  const reading =
    <Resource extends { version: number }>(path: string) =>
    async (): Promise<Resource | undefined> => {
      const { status, body } = await world.owner.get<Resource>(path);
      return status === 200 ? body : undefined;
    };

  async function aConnectionOfItsOwn(): Promise<Connection> {
    return aConnection(stage, world.owner, (await aWorkspace(world.owner)).workspaceId);
  }

  async function aMember() {
    const { workspaceId } = await aWorkspace(world.owner);
    const { userId } = await aPerson(stage, world.owner, { [workspaceId]: 'viewer' });
    const members = `/v1/workspaces/${workspaceId}/members`;
    const read = async () => {
      const { items } = await world.owner.read<{ items: Member[] }>(members);
      return items.find((member) => member.userId === userId);
    };
    return { path: `${members}/${userId}`, read };
  }

  async function anInvitation() {
    const { workspaceId } = await aWorkspace(world.owner);
    const invitations = [{ email: stage.email('guest'), grants: [{ workspaceId, role: 'viewer' }] }];
    const { items } = await world.owner.make<Invited>('/v1/invitations', { invitations });
    const read = async () => {
      const found = await world.owner.read<{ items: Invitation[] }>(
        `/v1/invitations?workspaceId=${workspaceId}`,
      );
      return found.items[0];
    };
    return { path: `/v1/invitations/${items[0]?.invitationId}`, read };
  }

  const send = ({ by, method, path, body }: Write, tag: string): Promise<Answer<unknown>> =>
    by.call(method, path, { headers: { 'if-match': tag }, ...(body !== undefined && { body }) });

  describe.each(Object.entries(writes))('%s', (_, prepare) => {
    test('is refused with the present version when If-Match has another one, and changes nothing', async () => {
      const write = await prepare();
      const before = await write.read();
      if (!before) throw new Error('There is nothing to change.');

      for (const tag of [`"${before.version + 1}"`, '"0"', '"not-a-version"']) {
        const answer = await send(write, tag);
        const problem = refused(answer, 412, 'version_mismatch');
        expect(problem.currentVersion).toBe(before.version);
        expect(answer.headers.get('etag')).toBe(`"${before.version}"`);
      }
      expect(await write.read()).toEqual(before);
    });

    test('is done when If-Match has the present version, and moves it with what a PATCH could overwrite', async () => {
      const write = await prepare();
      const before = await write.read();

      const answer = await send(write, `"${before?.version}"`);

      expect(answer.status, answer.text).toBeLessThan(300);
      const after = (await write.read())?.version;
      expect(after === before?.version).toBe(write.keepsVersion === true);
    });
  });

  test('If-Match takes any version by a star', async () => {
    const { workspaceId, version } = await aWorkspace(world.owner);

    const changed = await world.owner.patch<Workspace>(
      `/v1/workspaces/${workspaceId}`,
      { name: 'Star' },
      { 'if-match': '*' },
    );

    expect(changed).toMatchObject({ status: 200, body: { version: version + 1 } });
  });

  test('If-Match takes a list, of which one has to match', async () => {
    const { workspaceId, version } = await aWorkspace(world.owner);
    const rename = (tags: string) =>
      world.owner.patch<Workspace>(`/v1/workspaces/${workspaceId}`, { name: 'List' }, { 'if-match': tags });

    refused(await rename(`"${version + 1}", "${version + 2}"`), 412, 'version_mismatch');
    expect(await rename(`"${version + 1}", "${version}"`)).toMatchObject({ status: 200 });
  });

  test('If-Match with a weak tag, or with the number written otherwise, matches nothing', async () => {
    const { workspaceId, version } = await aWorkspace(world.owner);
    for (const tag of [`W/"${version}"`, `"0${version}"`, `"${version}.0"`, `"${version}`])
      refused(
        await world.owner.patch(`/v1/workspaces/${workspaceId}`, { name: 'New' }, { 'if-match': tag }),
        412,
        'version_mismatch',
      );
  });

  test.each(['*', '"0"', '"1"'])('If-Match %s is refused for a member who is not there yet', async (tag) => {
    const [there, here] = [await aWorkspace(world.owner), await aWorkspace(world.owner)];
    const { userId } = await aPerson(stage, world.owner, { [there.workspaceId]: 'viewer' });
    const path = `/v1/workspaces/${here.workspaceId}/members/${userId}`;

    const answer = await world.owner.put(path, { role: 'editor' }, { 'if-match': tag });

    refused(answer, 412, 'version_mismatch');
    expect(answer.headers.get('etag')).toBeNull();
    expect(await world.owner.put(path, { role: 'editor' })).toMatchObject({ status: 201 });
    expect(await world.owner.put(path, { role: 'viewer' }, { 'if-match': '*' })).toMatchObject({
      status: 200,
    });
  });

  test('of two who change the same version only one is heard', async () => {
    for (let round = 0; round < 10; round++) {
      const { workspaceId, version } = await aWorkspace(world.owner);
      const rename = (name: string) =>
        world.owner.patch(`/v1/workspaces/${workspaceId}`, { name }, { 'if-match': `"${version}"` });

      const answers = await Promise.all([rename('One'), rename('Two')]);

      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    }
  });

  test('If-None-Match never hides what has changed for the reader, also where the version has not moved', async () => {
    const { owner, organizationId } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(owner);
    const person = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
    const path = `/v1/workspaces/${workspaceId}`;
    const before = await person.get<Workspace>(path);
    await stage.support().put(`/v1/admin/organizations/${organizationId}/owners/${person.userId}`, undefined);

    const now = await person.get<Workspace>(path, { 'if-none-match': before.headers.get('etag') ?? '' });

    expect(before.body.role).toBe('viewer');
    expect(now).toMatchObject({ status: 200, body: { role: 'owner' } });
  });

  test('a connection’s version stays when its lineage is reconnected and when it is copied', async () => {
    const [from, to, third] = await Promise.all([1, 2, 3].map(() => aWorkspace(world.owner)));
    if (!from || !to || !third) throw new Error('There are three.');
    const source = await aConnection(stage, world.owner, from.workspaceId);
    const copy = await aCopy(world.owner, source, to.workspaceId);
    const etag = (await world.owner.get(pathOf(copy))).headers.get('etag') ?? '';

    await world.owner.make(`${pathOf(source)}/reconnect`, { credentials: { key: stage.canary } });
    const copyOfCopy = await aCopy(world.owner, copy, third.workspaceId);
    await world.owner.delete(pathOf(copyOfCopy));

    const now = await world.owner.get<Connection>(pathOf(copy), { 'if-none-match': etag });
    expect(now).toMatchObject({ status: 200, body: { authorizationVersion: 2, version: copy.version } });
    const renamed = await world.owner.patch<Connection>(pathOf(copy), { name: 'New' }, { 'if-match': etag });
    expect(renamed).toMatchObject({ status: 200, body: { version: copy.version + 1 } });
  });

  test('a workspace’s version moves with the names and selections of its connections, whichever way they change', async () => {
    const { workspaceId } = await aWorkspace(world.owner);
    const { connectionId } = await aConnection(stage, world.owner, workspaceId);
    const path = `/v1/workspaces/${workspaceId}`;
    const etag = async () => (await world.owner.get(path)).headers.get('etag') ?? '';
    const select = (accountIds: string[], tag: string) =>
      world.owner.patch(
        path,
        { connections: { accounts: [{ connectionId, accountIds }] } },
        { 'if-match': tag },
      );

    for (const change of [{ name: 'Renamed' }, { accountIds: ['a1', 'a3'] }]) {
      const seen = await etag();
      await world.owner.patch(pathOf({ workspaceId, connectionId }), change);
      refused(await select(['a2'], seen), 412, 'version_mismatch');
    }

    const { body } = await world.owner.get<Connection>(pathOf({ workspaceId, connectionId }));
    expect(body.accounts.selected).toBe(2);
    expect((await select(['a2'], await etag())).status).toBe(200);
  });
});
