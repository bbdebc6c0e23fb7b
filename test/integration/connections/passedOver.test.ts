import { beforeAll, describe, expect, test } from 'vitest';
import {
  type Connection,
  connectionItem,
  connectionKey,
  copyId,
  type Origin,
  parseOrigin,
} from '../../../domain/connections/connection.item.ts';
import { addConnections, copyConnections } from '../../../domain/connections/copyConnections.ts';
import type { WorkspaceId } from '../../../domain/ids.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { findItem } from '../../../domain/table/client.ts';
import { transact } from '../../../domain/table/transact.ts';
import {
  aConnection,
  anOrganization,
  at,
  aWorkspace,
  type TestOrganization,
} from '../../support/builders.ts';
import { aWorld, changed, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { writeAll } from '../../support/heavy.ts';
import { operationOf, untilDone } from '../../support/operations.ts';

const count = 2_000;

let engine: TestEngine;
let world: World;
let org: TestOrganization;
/** Has as many originals, of which `client` has a copy each. */
let agency: WorkspaceId;
let client: WorkspaceId;

beforeAll(async () => {
  engine = await anEngine();
  world = aWorld(engine);
  org = await anOrganization(world, { limits: { workspaces: 100, connectionsPerWorkspace: 100_000 } });
  agency = (await aWorkspace(org.owner)).workspaceId;
  client = (await aWorkspace(org.owner)).workspaceId;
  const first = await aConnection(org.owner, agency);
  const template = parseOrigin(await findItem(org.owner, connectionKey(org.orgId, at(first))));
  const originals = Array.from({ length: count }, () => anotherOriginal(template));
  await writeAll(org.owner, [...originals, ...originals.map(copyOf)].map(connectionItem));
  await transact(org.owner, [addConnections(org.owner, agency, count, { limit: count + 1 })]);
  await transact(org.owner, [addConnections(org.owner, client, count, { limit: count })]);
});

function anotherOriginal(template: Origin): Origin {
  const connectionId = world.newId('con');
  return { ...template, connectionId, origin: { ...template.origin, connectionId }, childCount: 1 };
}

function copyOf({ connectionId, origin, ...original }: Origin): Connection {
  const { orgId, name, dataSource, selection, createdAt, createdBy } = original;
  const copy = copyId(world.newId('con'), connectionId);
  const parent = { workspaceId: agency, connectionId };
  const own = { orgId, workspaceId: client, connectionId: copy, name, dataSource, selection, parent, origin };
  return { ...own, childCount: 0, createdAt, createdBy, version: 1 };
}

/** Connections of Agency that Client has not: one in the beginning, and these. */
async function newOnes(more: number): Promise<void> {
  for (let n = 0; n < more; n++) await aConnection(org.owner, agency);
}

describe('a request that passes over what the workspace has already', () => {
  test('names the first 1,000 of them and says how many there are', async () => {
    const copied = await copyConnections(org.owner, client, { allFrom: [agency] });

    if (!('items' in copied)) throw new Error('An operation was not expected.');
    expect(copied.items).toHaveLength(1);
    expect(copied.skipped).toHaveLength(1_000);
    expect(copied.skippedCount).toBe(count);
  });

  test('asks the table three times for each hundred of them', async () => {
    const table = engine.anotherTable();
    let calls = 0;
    table.documents.middlewareStack.add(
      (next) => async (args) => {
        calls += 1;
        return next(args);
      },
      { step: 'initialize', name: 'calls' },
    );

    await copyConnections(changed(org.owner, { table }), client, { allFrom: [agency] });

    // A page of the source, who may copy from it, and what the target has of them; and what every request asks for.
    expect(calls).toBeLessThanOrEqual(3 * (count / 100 + 1) + 5);
  });

  test('lists them in its operation too, the first 1,000 by name', async () => {
    await newOnes(60);

    const accepted = await copyConnections(org.owner, client, { allFrom: [agency] });
    const operationId = operationOf('operation' in accepted ? accepted : null);
    await untilDone(world, org.orgId, operationId);

    const view = await getOperation(org.owner, operationId);
    expect(view).toMatchObject({ state: 'completed', total: 60, done: 60, skippedCount: count + 1 });
    expect(view.skipped).toHaveLength(1_000);
  });

  test('is refused where it would look at more than 50,000 connections, however few it would copy', async () => {
    const others = [];
    for (let n = 0; n < 2; n++) {
      const { workspaceId } = await aWorkspace(org.owner);
      await transact(org.owner, [addConnections(org.owner, workspaceId, 25_001, { limit: 100_000 })]);
      others.push(workspaceId);
    }

    await expect(copyConnections(org.owner, client, { allFrom: others })).rejects.toMatchObject({
      code: 'validation_failed',
      extra: { errors: [{ pointer: '#/allFrom' }] },
    });
  });
});
