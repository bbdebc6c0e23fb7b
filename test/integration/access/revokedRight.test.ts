import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { membershipKey } from '../../../domain/members/member.item.ts';
import type { Item, Key } from '../../../domain/table/client.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { userKey } from '../../../domain/users/user.item.ts';
import { anAgency } from '../../support/agency.ts';
import { aCopy, at, aWorkspace } from '../../support/builders.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { perform } from '../../support/perform.ts';
import { aScene, routeNamed, type Scene, samples } from '../../support/samples.ts';
import { everything, failure } from '../../support/state.ts';

const engine = await anEngine();
const { documents, name: TableName } = engine.table;

async function set(Key: Key, name: string, value: unknown) {
  await documents.send(
    new UpdateCommand({
      TableName,
      Key,
      UpdateExpression: 'SET #name = :value',
      ExpressionAttributeNames: { '#name': name },
      ExpressionAttributeValues: { ':value': value },
    }),
  );
}

/** Where the admin is a member, the workspaces that a sample made for them included. */
async function memberships({ orgId, admin }: Scene): Promise<Item[]> {
  const items = await everything(engine.table, `ORG#${orgId}`);
  return items.filter(({ sk }) => sk === `MEMBER#${admin.actor.userId}`);
}

/** Ways in which the admin loses their rights, each as somebody else's write that has just been done. */
const losses: Record<string, (scene: Scene) => Promise<unknown>> = {
  'is no longer a member': async (scene) => {
    for (const Key of await memberships(scene))
      await documents.send(new DeleteCommand({ TableName, Key: { pk: Key.pk, sk: Key.sk } }));
    await set(userKey(scene.orgId, scene.admin.actor.userId), 'adminCount', 0);
  },
  'is a viewer by now': async (scene) => {
    for (const { pk, sk } of await memberships(scene)) await set({ pk, sk }, 'role', 'viewer');
    await set(userKey(scene.orgId, scene.admin.actor.userId), 'adminCount', 0);
  },
  'was removed from the organization': ({ owner, admin }) => removeUser(owner, admin.actor.userId),
};

const writes = samples.filter(
  ({ operationId, outcome, what }) =>
    routeNamed(operationId).method !== 'GET' && outcome[1] === 'y' && what !== 'themselves',
);

describe.each(Object.keys(losses))('whoever %s when the write comes', (loss) => {
  test.each(writes)('does not $operationId $what', async ({ operationId, ask }) => {
    const scene = await aScene(engine);
    const asked = await ask(scene, scene.admin);
    let revoked: Item[] = [];
    const revoke = async () => {
      await losses[loss]?.(scene);
      revoked = await everything(engine.table, `ORG#${scene.orgId}`);
    };
    const late = changed(scene.admin, {
      table: tableThrough(engine.anotherTable(), beforeFirstWrite(revoke)),
    });

    const error = await failure(() => perform(late, routeNamed(operationId), asked));

    expect(['forbidden', 'not_found', 'no_organization']).toContain(error.code);
    expect(revoked).not.toEqual([]);
    expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(revoked);
  });
});

describe('whoever loses the right in the workspace of the parent, and keeps it in that of the copy,', () => {
  /** An original in Second, a copy with one account in Home; the editor has the right in both. */
  async function aCopied() {
    const scene = await aScene(engine);
    const { editor, second, orgId } = scene;
    const demote = () => set(membershipKey(orgId, second.workspaceId, editor.actor.userId), 'role', 'viewer');
    const table = tableThrough(engine.anotherTable(), beforeFirstWrite(demote));
    return { ...scene, late: changed(editor, { table }) };
  }

  test('does not copy', async () => {
    const { late, source, home } = await aCopied();

    expect((await failure(() => aCopy(late, source, home.workspaceId))).code).toBe('forbidden');
  });

  test('does not create a workspace with a copy', async () => {
    const { owner, late, editor, source, elsewhere } = await aCopied();
    const place = { workspaceId: elsewhere.workspaceId, userId: editor.actor.userId };
    await putMember(owner, place, 'admin');

    const error = await failure(() => aWorkspace(late, { connections: [at(source)] }));

    expect(error.code).toBe('forbidden');
  });

  test('adds no account to the copy', async () => {
    const { late, editor, source, home } = await aCopied();
    const copy = await aCopy(editor, source, home.workspaceId, ['a1']);

    const error = await failure(() => updateConnection(late, at(copy), { accountIds: ['a1', 'a2'] }));

    expect(error.code).toBe('forbidden');
    expect((await getConnection(editor, at(copy))).accounts.selected).toBe(1);
  });
});

test('an owner who is none by now writes nothing', async () => {
  const { owner, orgId, elsewhere } = await anAgency(engine);
  const { userId } = owner.actor;
  const revoke = async () => {
    await set(userKey(orgId, userId), 'organizationRole', 'member');
    await set(membershipKey(orgId, elsewhere.workspaceId, userId), 'role', 'viewer');
  };
  const late = changed(owner, { table: tableThrough(engine.anotherTable(), beforeFirstWrite(revoke)) });

  const error = await failure(() =>
    perform(late, routeNamed('updateWorkspace'), {
      params: { workspaceId: elsewhere.workspaceId },
      body: { name: 'Taken over' },
    }),
  );

  expect(error.code).toBe('forbidden');
});

test('people are not pre-selected from a workspace that the creator no longer sees', async () => {
  const { owner, admin, home, orgId } = await anAgency(engine);
  await aWorkspace(admin, { name: 'Where they stay admin' });
  const leave = () => removeMember(owner, { workspaceId: home.workspaceId, userId: admin.actor.userId });
  const late = changed(admin, { table: tableThrough(engine.anotherTable(), beforeFirstWrite(leave)) });

  const error = await failure(() => aWorkspace(late, { fromWorkspaceId: home.workspaceId }));

  expect(error.code).toBe('not_found');
  expect(orgId).toBe(owner.actor.orgId);
});
