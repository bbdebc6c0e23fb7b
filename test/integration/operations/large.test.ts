import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { connectionItem, type Origin, parseOrigin } from '../../../domain/connections/connection.item.ts';
import { addConnections } from '../../../domain/connections/copyConnections.ts';
import type { OperationId, WorkspaceId } from '../../../domain/ids.ts';
import { findItem, type Item, queryAll } from '../../../domain/table/client.ts';
import { transact } from '../../../domain/table/transact.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { workspacePartition } from '../../../domain/workspaces/workspace.item.ts';
import { aConnection, anOrganization, aWorkspace, type TestOrganization } from '../../support/builders.ts';
import { aWorld, type World } from '../../support/context.ts';
import { anEngine, type TestEngine } from '../../support/engine.ts';
import { Crash, crashAfter, crashBefore, firstWrites, tableThrough } from '../../support/faults.ts';
import { deliver, operationOf, readOperation } from '../../support/operations.ts';

const count = 5_000;

let engine: TestEngine;
let world: World;
let org: TestOrganization;
let agency: WorkspaceId;

beforeAll(async () => {
  engine = await anEngine();
  world = aWorld(engine);
  org = await anOrganization(world);
  agency = (await aWorkspace(org.owner, { name: 'Agency' })).workspaceId;
  const first = await aConnection(org.owner, agency);
  const [template] = await Array.fromAsync(
    queryAll(org.owner, { partition: workspacePartition(org.orgId, agency), prefix: 'CONNECTION#' }),
    parseOrigin,
  );
  if (!template) throw new Error(`${first.connectionId} is not there.`);
  await writeAll(Array.from({ length: count - 1 }, () => connectionItem(another(template))));
  await transact(org.owner, [addConnections(org.owner, agency, count - 1, { limit: count })]);
});

function another(origin: Origin): Origin {
  const connectionId = world.newId('con');
  return { ...origin, connectionId, origin: { ...origin.origin, connectionId } };
}

async function writeAll(items: Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += 25) {
    const requests = items.slice(start, start + 25).map((Item) => ({ PutRequest: { Item } }));
    await engine.table.documents.send(
      new BatchWriteCommand({ RequestItems: { [engine.table.name]: requests } }),
    );
  }
}

/** Runs an operation to its end; in its middle workers die before and after a write. */
async function survive(operationId: OperationId): Promise<{ deliveries: number }> {
  for (let deliveries = 1; ; deliveries++) {
    const operation = await readOperation(world, org.orgId, operationId);
    if (operation.state === 'completed') {
      expect(operation).toMatchObject({ done: operation.total, skippedCount: 0 });
      return { deliveries };
    }
    const crash = { 10: crashBefore, 12: crashAfter }[deliveries];
    const table = crash ? tableThrough(engine.anotherTable(), firstWrites(1, crash)) : engine.table;
    await deliver(world, operation, table).catch((error) => {
      if (!(error instanceof Crash)) throw error;
    });
  }
}

async function connectionsIn(workspaceId: WorkspaceId): Promise<number> {
  const partition = workspacePartition(org.orgId, workspaceId);
  return (await Array.fromAsync(queryAll(org.owner, { partition, prefix: 'CONNECTION#' }))).length;
}

async function copiesOfAgency(): Promise<number> {
  const partition = workspacePartition(org.orgId, agency);
  const origins = await Array.fromAsync(
    queryAll(org.owner, { partition, prefix: 'CONNECTION#' }),
    parseOrigin,
  );
  return origins.reduce((sum, { childCount }) => sum + childCount, 0);
}

it(`creates, updates and deletes with ${count} connections through crashes, every one of them once`, async () => {
  const created = await aWorkspace(org.owner, { name: 'Client', copyAllConnectionsFrom: [agency] });
  const creation = await survive(operationOf(created));
  expect(await connectionsIn(created.workspaceId)).toBe(count);
  expect(await getWorkspace(org.owner, created.workspaceId)).toMatchObject({
    connectionCount: count,
    status: 'active',
  });
  // 46 copies of originals fit a transaction, five of these a turn.
  expect(creation.deliveries).toBeLessThan(count / 46 / 5 + 8);

  const other = await aWorkspace(org.owner, { name: 'Other' });
  const input = UpdateWorkspace.parse({ connections: { addAllFrom: [agency] } });
  await survive(operationOf(await updateWorkspace(org.owner, other.workspaceId, input)));
  expect(await connectionsIn(other.workspaceId)).toBe(count);
  expect(await copiesOfAgency()).toBe(2 * count);

  await survive(operationOf(await deleteWorkspace(org.owner, other.workspaceId)));
  expect(await connectionsIn(other.workspaceId)).toBe(0);
  expect(await copiesOfAgency()).toBe(count);
  const gone = { pk: `ORG#${org.orgId}`, sk: `WORKSPACE#${other.workspaceId}` };
  expect(await findItem(org.owner, gone)).toBeUndefined();
}, 600_000);
