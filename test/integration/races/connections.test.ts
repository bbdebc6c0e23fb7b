import { expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { getCredentials } from '../../../domain/services/serviceConnection.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  at,
  aWorkspace,
  type TestConnection,
  type TestWorkspace,
} from '../../support/builders.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { race } from '../../support/race.ts';

const engine = await anEngine();

type Scene = Agency & { target: TestWorkspace; original: TestConnection; copy: TestConnection };

/** An original in Home, a copy of it in Elsewhere, and an empty workspace. */
function aLineage(limits?: { connectionsPerWorkspace: number }): Promise<Scene> {
  return freshCopy(engine, `lineage ${JSON.stringify(limits)}`, async () => {
    const agency = await anAgency(engine, limits && { limits });
    const original = await aConnection(agency.owner, agency.home.workspaceId);
    return {
      ...agency,
      target: await aWorkspace(agency.owner, { name: 'Target' }),
      original,
      copy: await aCopy(agency.owner, original, agency.elsewhere.workspaceId),
    };
  });
}

const credentials = { refreshToken: 'secret-2' };

test('a copy and the deletion of its parent: one of the two', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy, target }, as) => aCopy(as(owner), copy, target.workspaceId),
      ({ owner, copy }, as) => deleteConnection(as(owner), at(copy)),
    ],
    (codes) => {
      expect([
        ['done', 'connection_has_copies'],
        ['not_found', 'done'],
      ]).toContainEqual(codes);
    },
  ));

test('a new workspace with a copy and the deletion of the parent: one of the two', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy }, as) => aWorkspace(as(owner), { connections: [at(copy)] }),
      ({ owner, copy }, as) => deleteConnection(as(owner), at(copy)),
    ],
    (codes) => {
      expect([
        ['done', 'connection_has_copies'],
        ['not_found', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));

test('a reconnection and a copy: both, and the copy has the new authorization', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy }, as) => reconnect(as(owner), at(copy), { credentials }),
      ({ owner, original, target }, as) => aCopy(as(owner), original, target.workspaceId),
    ],
    async (codes, { owner }, [reconnected, copied]) => {
      expect(codes).toEqual(['done', 'done']);
      const made = (copied as { done: TestConnection }).done;
      const shown = await getConnection(owner, at(made));
      expect(shown).toMatchObject({ status: 'active', authorizationVersion: 2 });
      expect([2, 3]).toContain((reconnected as { done: { reconnected: number } }).done.reconnected);
    },
  ));

test('a reconnection and the deletion of the connection it goes through: both in either order', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy }, as) => reconnect(as(owner), at(copy), { credentials }),
      ({ owner, copy }, as) => deleteConnection(as(owner), at(copy)),
    ],
    async (codes, { owner, original }) => {
      expect([
        ['done', 'done'],
        ['not_found', 'done'],
      ]).toContainEqual(codes);
      const { authorizationVersion } = await getConnection(owner, at(original));
      expect(authorizationVersion).toBe(codes[0] === 'done' ? 2 : 1);
    },
    { rounds: 12 },
  ));

test('two reconnections: one after the other, and the credentials are those of the last', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy }, as) => reconnect(as(owner), at(copy), { credentials: { by: 0 } }),
      ({ owner, original }, as) => reconnect(as(owner), at(original), { credentials: { by: 1 } }),
    ],
    async (codes, { world, orgId, original }, outcomes) => {
      expect(codes).toEqual(['done', 'done']);
      const versions = outcomes.map(
        (o) => (o as { done: { connection: TestConnection } }).done.connection.authorizationVersion,
      );
      expect(versions.toSorted()).toEqual([2, 3]);
      const service = aContext(world, { kind: 'service', id: 'worker' });
      const read = await getCredentials(service, { orgId, ...at(original) });
      expect(read).toMatchObject({ authorizationVersion: 3, credentials: { by: versions.indexOf(3) } });
    },
    { rounds: 12 },
  ));

test('two copies of one origin into one workspace: exactly one', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, original, target }, as) => aCopy(as(owner), original, target.workspaceId),
      ({ owner, copy, target }, as) => aCopy(as(owner), copy, target.workspaceId),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['already_connected', 'done']);
    },
  ));

test('two copies of whole workspaces that share an origin: it is copied once and passed over once', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, home, target }, as) =>
        copyConnections(as(owner), target.workspaceId, { allFrom: [home.workspaceId] }),
      ({ owner, elsewhere, target }, as) =>
        copyConnections(as(owner), target.workspaceId, { allFrom: [elsewhere.workspaceId] }),
    ],
    (codes, _, outcomes) => {
      expect(codes).toEqual(['done', 'done']);
      const counts = outcomes.map((o) => (o as { done: { items: unknown[] } }).done.items.length);
      expect(counts.toSorted()).toEqual([0, 1]);
    },
    { rounds: 12 },
  ));

test('two new connections for the last place in a workspace: exactly one', () =>
  race(
    engine,
    () => aLineage({ connectionsPerWorkspace: 2 }),
    [
      ({ owner, home }, as) => aConnection(as(owner), home.workspaceId),
      ({ editor, home }, as) => aConnection(as(editor), home.workspaceId),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['connection_limit_reached', 'done']);
    },
    { rounds: 12 },
  ));

test('two deletions of one connection: exactly one', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy }, as) => deleteConnection(as(owner), at(copy)),
      ({ outsider, copy }, as) => deleteConnection(as(outsider), at(copy)),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['done', 'not_found']);
    },
    { rounds: 12 },
  ));

test('two changes under one version: exactly one', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy }, as) => updateConnection(as(owner), at(copy), { name: 'A' }, copy.version),
      ({ outsider, copy }, as) => updateConnection(as(outsider), at(copy), { name: 'B' }, copy.version),
    ],
    async (codes, { owner, copy }) => {
      expect(codes.toSorted()).toEqual(['done', 'version_mismatch']);
      const { name } = await getConnection(owner, at(copy));
      expect(name).toBe(codes[0] === 'done' ? 'A' : 'B');
    },
    { rounds: 12 },
  ));

test('a copy out of a workspace and the deletion of that workspace: one of the two', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, copy, target }, as) => aCopy(as(owner), copy, target.workspaceId),
      ({ owner, elsewhere }, as) => deleteWorkspace(as(owner), elsewhere.workspaceId),
    ],
    (codes) => {
      expect([
        ['done', 'connection_has_copies'],
        ['not_found', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));

test('a new connection and the deletion of its workspace: either goes first, nothing is left over', () =>
  race(
    engine,
    aLineage,
    [
      ({ owner, target }, as) => aConnection(as(owner), target.workspaceId),
      ({ owner, target }, as) => deleteWorkspace(as(owner), target.workspaceId),
    ],
    (codes) => {
      expect([
        ['done', 'done'],
        ['not_found', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));
