import { expect, test } from 'vitest';
import { connectionPrefix } from '../../../domain/connections/connection.item.ts';
import { memberPrefix } from '../../../domain/members/member.item.ts';
import { getUser } from '../../../domain/users/listUsers.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, aCopy, aWorkspace } from '../../support/builders.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { accepted, aHeldMember, concluded } from '../../support/heldMember.ts';
import { hiding } from '../../support/hiding.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { operationOf, untilDone } from '../../support/operations.ts';
import { failure } from '../../support/state.ts';

/* A query may miss what is there: no decision rests on what it found alone. */

const engine = await anEngine();

test('a workspace is deleted with a member whom its list has missed', async () => {
  const { owner, viewer, home, orgId } = await anAgency(engine);
  const { table, seen } = hiding(
    engine.anotherTable(),
    ({ sk }) => sk === memberPrefix + viewer.actor.userId,
  );

  await deleteWorkspace(changed(owner, { table }), home.workspaceId);

  expect(seen.hidden).toBe(1);
  expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  expect(await removeUser(owner, viewer.actor.userId)).toBeNull();
});

test('a workspace is deleted with a connection that its list has missed, and what that is a copy of can be too', async () => {
  const { owner, home, elsewhere, orgId } = await anAgency(engine);
  const source = await aConnection(owner, home.workspaceId);
  await aCopy(owner, source, elsewhere.workspaceId);
  const { table, seen } = hiding(engine.anotherTable(), ({ sk }) => sk.startsWith(connectionPrefix));

  await deleteWorkspace(changed(owner, { table }), elsewhere.workspaceId);

  expect(seen.hidden).toBe(1);
  expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  expect(await deleteWorkspace(owner, home.workspaceId)).toBeNull();
});

test('a large workspace is deleted by an operation whose plan has what the list missed at first', async () => {
  const { owner, home, orgId, world } = await anAgency(engine);
  for (let n = 0; n < 45; n++) await aConnection(owner, home.workspaceId);
  const { table, seen } = hiding(engine.anotherTable(), ({ sk }) => sk.startsWith(connectionPrefix));

  const operation = operationOf(await deleteWorkspace(changed(owner, { table }), home.workspaceId));

  expect(seen.hidden).toBe(1);
  expect(await untilDone(world, orgId, operation)).toMatchObject({ total: 49, skippedCount: 0 });
  expect((await failure(() => getWorkspace(owner, home.workspaceId))).code).toBe('not_found');
});

test('a workspace that is made like another has a member whom its list has missed', async () => {
  const { owner, viewer, home } = await anAgency(engine);
  const { table, seen } = hiding(
    engine.anotherTable(),
    ({ sk }) => sk === memberPrefix + viewer.actor.userId,
  );

  const made = await aWorkspace(changed(owner, { table }), { fromWorkspaceId: home.workspaceId });

  expect(seen.hidden).toBe(1);
  expect(made.memberCount).toBe(4);
});

test('somebody is taken out of a workspace that the index did not show, at once', async () => {
  const { owner, viewer, home, orgId } = await anAgency(engine);
  const { table, seen } = hiding(
    engine.anotherTable(),
    ({ sk }, { IndexName }) => IndexName !== undefined && sk !== '',
  );

  expect(await removeUser(changed(owner, { table }), viewer.actor.userId)).toBeNull();

  expect(seen.hidden).toBe(1);
  expect(await getWorkspace(owner, home.workspaceId)).toMatchObject({ memberCount: 3 });
  expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
});

test('somebody is taken out of a workspace that the index did not show, by an operation', async () => {
  const scene = await aHeldMember(engine);
  const { owner, leaver, home, orgId } = scene;
  const { table, seen } = hiding(
    engine.anotherTable(),
    ({ pk }, { IndexName }) => IndexName !== undefined && pk.endsWith(home.workspaceId),
  );

  const removal = await accepted(scene, changed(owner, { table }));

  expect(seen.hidden).toBe(1);
  expect(await concluded(scene, removal)).toMatchObject({ total: 3, skippedCount: 0 });
  expect((await failure(() => getUser(owner, leaver.actor.userId))).code).toBe('not_found');
  expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
});
