import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import type { OperationId, OrgId, WorkspaceId } from '../../../domain/ids.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { operationPartition } from '../../../domain/operations/operation.item.ts';
import type { Key } from '../../../domain/table/client.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { userKey } from '../../../domain/users/user.item.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { workspacePartition } from '../../../domain/workspaces/workspace.item.ts';
import { aConnection, aMember, anOrganization, aWorkspace, type TestUser } from '../../support/builders.ts';
import { aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { internalError } from '../../support/faults.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { operationOf, readOperation } from '../../support/operations.ts';
import { commandsThrough, runAsDeployed } from '../../support/outage.ts';
import { failure } from '../../support/state.ts';
import { restoring } from '../verify/damage.ts';

/*
 * Outages of one part of the table at a time, while an operation is at its first step, in the middle, and at its end. Each
 * run has one of another length at each of these, so that four runs have all lengths at all places.
 */

const outagesSeconds = [5, 20, 60, 600];
const rotations = outagesSeconds.map((_, first) =>
  [0, 1, 2].map((n) => outagesSeconds[(first + n) % outagesSeconds.length] ?? 0),
);
/** Which an operation may take to come back after an outage: the longest pause, and a minute until the next sweep. */
const recoverySeconds = 200;

type Scene = {
  orgId: OrgId;
  owner: TestUser;
  operationId: OperationId;
  target: WorkspaceId;
  source: WorkspaceId;
  /** That all of it was done. */
  isDone: () => Promise<unknown>;
};

/** An organization with a workspace of more connections than one step holds. */
async function anAgency(world: World) {
  const { orgId, owner } = await anOrganization(world, { limits: { workspaces: 100 } });
  const { workspaceId: source } = await aWorkspace(owner, { name: 'Agency' });
  await Promise.all(
    Array.from({ length: 55 }, (_, n) => aConnection(owner, source, { name: `Number ${n}`, accounts: [] })),
  );
  return { orgId, owner, source };
}

const holds = (owner: TestUser, target: WorkspaceId, connectionCount: number) => async () =>
  expect(await getWorkspace(owner, target)).toMatchObject({ status: 'active', connectionCount });

const kinds: Record<string, (world: World) => Promise<Scene>> = {
  async 'workspace.create'(world) {
    const agency = await anAgency(world);
    const made = await aWorkspace(agency.owner, { copyAllConnectionsFrom: [agency.source] });
    const { workspaceId: target } = made;
    return { ...agency, target, operationId: operationOf(made), isDone: holds(agency.owner, target, 55) };
  },
  async 'connections.copy'(world) {
    const agency = await anAgency(world);
    const { workspaceId: target } = await aWorkspace(agency.owner, { name: 'Client' });
    const answer = await copyConnections(agency.owner, target, { allFrom: [agency.source] });
    const operationId = operationOf('operation' in answer ? answer : null);
    return { ...agency, target, operationId, isDone: holds(agency.owner, target, 55) };
  },
  async 'workspace.update'(world) {
    const agency = await anAgency(world);
    const { owner, source } = agency;
    const member = await aMember(owner, 'member@example.com', { workspaceId: source, role: 'viewer' });
    const { workspaceId: target } = await aWorkspace(owner, { name: 'Client' });
    const [kept, removed] = [await aConnection(owner, target), await aConnection(owner, target)];
    const input = UpdateWorkspace.parse({
      members: { set: [{ userId: member.actor.userId, role: 'editor' }] },
      connections: {
        addAllFrom: [source],
        remove: [removed.connectionId],
        accounts: [{ connectionId: kept.connectionId, accountIds: ['a1'] }],
      },
    });
    const operationId = operationOf(await updateWorkspace(owner, target, input));
    return { ...agency, target, operationId, isDone: holds(owner, target, 56) };
  },
  async 'workspace.delete'(world) {
    const agency = await anAgency(world);
    const { owner, source } = agency;
    const made = await aWorkspace(owner, { copyAllConnectionsFrom: [source] });
    const { workspaceId: target } = made;
    await runAsDeployed(world, { ...agency, operationId: operationOf(made) }, world.table);
    const operationId = operationOf(await deleteWorkspace(owner, target));
    const isDone = async () =>
      expect((await failure(() => getWorkspace(owner, target))).code).toBe('not_found');
    return { ...agency, target, operationId, isDone };
  },
  async 'user.remove'(world) {
    const { orgId, owner } = await anOrganization(world, { limits: { workspaces: 100 } });
    const { workspaceId: target } = await aWorkspace(owner, { name: 'First' });
    const person = await aMember(owner, 'person@example.com', { workspaceId: target, role: 'editor' });
    const members = [{ userId: person.actor.userId, role: 'editor' as const }];
    const others = await Promise.all(
      Array.from({ length: 39 }, (_, n) => aWorkspace(owner, { name: `Number ${n}`, members })),
    );
    const source = others.at(-1)?.workspaceId ?? target;
    const operationId = operationOf(await removeUser(owner, person.actor.userId));
    const isDone = async () =>
      expect((await failure(() => getWorkspace(person, target))).code).toBe('no_organization');
    return { orgId, owner, target, source, operationId, isDone };
  },
};

type Part = (scene: Scene) => (key: Key) => boolean;

const inPartition =
  (partition: string) =>
  ({ pk }: Key) =>
    pk === partition;

const parts: Record<string, Part> = {
  'the operation': ({ orgId, operationId }) => inPartition(operationPartition(orgId, operationId)),
  'the workspace that it works on': ({ orgId, target }) => inPartition(workspacePartition(orgId, target)),
  'another workspace': ({ orgId, source }) => inPartition(workspacePartition(orgId, source)),
  'the organization': ({ orgId }) => inPartition(`ORG#${orgId}`),
  'whoever started it': ({ orgId, owner }) => {
    const { pk, sk } = userKey(orgId, owner.actor.userId);
    return (key) => key.pk === pk && key.sk === sk;
  },
};

describe.each(Object.keys(kinds))('a %s loses nothing', (kind) => {
  let engine: TestEngine;
  let world: World;
  let scene: Scene;
  let restore: () => Promise<void>;

  beforeAll(async () => {
    engine = await anEngine();
    world = aWorld(engine);
    scene = await (kinds[kind] as (typeof kinds)[string])(world);
    restore = await restoring(engine.table);
  });

  afterEach(() => restore());

  /** A table of which a part is away for so many seconds, from when the operation is first seen at each of its places. */
  function tableWithout(part: string, seconds: readonly number[]) {
    const isAway = parts[part]?.(scene) ?? (() => false);
    const { clock } = world;
    const coming = [...seconds];
    let awayUntil = 0;
    return commandsThrough(world, engine.anotherTable(), async ({ input, keys }) => {
      if (clock.now().getTime() >= awayUntil && input.TransactItems && (await isNextPlace(coming.length)))
        awayUntil = clock.now().getTime() + (coming.shift() ?? 0) * 1_000;
      if (clock.now().getTime() >= awayUntil || !keys.some(isAway)) return;
      // The attempts of the SDK.
      clock.advance(300);
      throw internalError();
    });
  }

  async function isNextPlace(left: number): Promise<boolean> {
    if (left === 0) return false;
    const { done, total } = await readOperation(world, scene.orgId, scene.operationId);
    if (left === 3) return done === 0;
    return left === 2 ? done > 0 && done < total : done === total;
  }

  describe.each(Object.keys(parts))('while %s is away', (part) => {
    it.each(rotations)(
      'for %i s at the first step, %i s in the middle and %i s at the end',
      async (...seconds) => {
        const startedAt = world.clock.now().getTime();

        const ended = await runAsDeployed(world, scene, tableWithout(part, seconds));

        const tookSeconds = (world.clock.now().getTime() - startedAt) / 1_000;
        const awaySeconds = seconds.reduce((sum, each) => sum + each);
        expect(tookSeconds).toBeLessThan(awaySeconds + 3 * recoverySeconds);
        expect(ended).toMatchObject({ done: ended.total, skippedCount: 0 });
        expect(ended).not.toHaveProperty('nextTryAt');
        expect((await getOperation(scene.owner, scene.operationId)).skipped).toEqual([]);
        await scene.isDone();
        expect(await brokenInvariants(engine.table)).toEqual([]);
      },
    );
  });
});
