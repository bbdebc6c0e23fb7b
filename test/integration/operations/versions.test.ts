import { expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { aLargeChain } from '../../support/chain.ts';
import { anEngine } from '../../support/engine.ts';
import { operationOf, untilDone } from '../../support/operations.ts';

const engine = await anEngine();

async function accepted() {
  const scene = await aLargeChain(engine);
  const { owner, client, target } = scene;
  const seen = await getWorkspace(owner, target.workspaceId);
  const copied = await copyConnections(owner, target.workspaceId, { allFrom: [client.workspaceId] });
  if (!('operation' in copied)) throw new Error('It was done at once.');
  const version = async () => (await getWorkspace(owner, target.workspaceId)).version;
  return { ...scene, seen: seen.version, version, operationId: operationOf(copied) };
}

test('a workspace’s version moves with the steps of an operation that change it', async () => {
  const { world, orgId, operationId, seen, version } = await accepted();

  await untilDone(world, orgId, operationId);

  expect(await version()).toBeGreaterThan(seen);
});

test('an operation that changes nothing moves no version, neither when it is accepted nor at its end', async () => {
  const { owner, world, orgId, support, operationId, target, seen, version } = await accepted();
  const meanwhile = await version();
  await changeLimits(support, orgId, { connectionsPerWorkspace: 0, reason: 'A test' });

  const operation = await untilDone(world, orgId, operationId);

  expect([meanwhile, operation.skippedCount, await version()]).toEqual([seen, 51, seen]);
  await expect(updateWorkspace(owner, target.workspaceId, { name: 'New' }, seen)).resolves.toMatchObject({
    version: seen + 1,
  });
});

test('accepting an operation with another name moves the version at once', async () => {
  const { owner, client, target } = await aLargeChain(engine);
  const { version } = await getWorkspace(owner, target.workspaceId);
  const input = UpdateWorkspace.parse({
    name: 'Renamed',
    connections: { addAllFrom: [client.workspaceId] },
  });

  const answer = await updateWorkspace(owner, target.workspaceId, input, version);

  expect(answer).toMatchObject({ name: 'Renamed', status: 'updating', version: version + 1 });
});

test('selections that an operation changes move the version of their workspace', async () => {
  const { owner, world, orgId, client, others } = await aLargeChain(engine);
  const { version } = await getWorkspace(owner, client.workspaceId);
  const accounts = others.map(({ connectionId }) => ({ connectionId, accountIds: ['a1'] }));
  const answer = await updateWorkspace(owner, client.workspaceId, { connections: { accounts } });

  await untilDone(world, orgId, operationOf(answer));

  expect((await getWorkspace(owner, client.workspaceId)).version).toBeGreaterThan(version);
});
