import { listConnections } from '../../domain/connections/listConnections.ts';
import { Reconnect, reconnect } from '../../domain/connections/reconnect.ts';
import type { Context } from '../../domain/context.ts';
import { type OperationId, WorkspaceId } from '../../domain/ids.ts';
import { runTurn } from '../../domain/operations/runOperation.ts';
import { type Meter, newMeter } from '../../domain/table/meter.ts';
import { deleteWorkspace } from '../../domain/workspaces/deleteWorkspace.ts';
import { aConnection, anOrganization, at, aWorkspace, type TestConnection } from './builders.ts';
import { aContext, changed, type World } from './context.ts';
import { operationOf, readOperation } from './operations.ts';

/** What becomes of a workspace with a hundred connections, its operations with all their turns included. */
export async function hundredConnections(world: World): Promise<[string, Meter][]> {
  const { owner, orgId } = await anOrganization(world, { name: 'Hundred' });
  const source = await aWorkspace(owner, { name: 'Source' });
  const originals: TestConnection[] = [];
  let copies: WorkspaceId | undefined;
  const steps: [string, (ctx: typeof owner) => Promise<unknown>][] = [
    [
      '100 connections are made',
      async (ctx) => {
        for (let n = 0; n < 100; n++)
          originals.push(await aConnection(ctx, source.workspaceId, { name: `Number ${n}` }));
      },
    ],
    [
      'a workspace with copies of them is created',
      async (ctx) => {
        const made = await aWorkspace(ctx, { copyAllConnectionsFrom: [source.workspaceId] });
        copies = made.workspaceId;
        await finished(ctx, operationOf(made));
      },
    ],
    ['they are listed', (ctx) => listConnections(ctx, WorkspaceId.parse(copies), { limit: 100 })],
    [
      'one is reconnected, and with it its lineage',
      (ctx) =>
        reconnect(ctx, at(first(originals)), Reconnect.parse({ credentials: { refreshToken: 'new' } })),
    ],
    [
      'the workspace is deleted',
      async (ctx) => finished(ctx, operationOf(await deleteWorkspace(ctx, WorkspaceId.parse(copies)))),
    ],
  ];
  const told: [string, Meter][] = [];
  for (const [name, step] of steps) {
    const meter = newMeter();
    await step(changed(owner, { meter }));
    told.push([name, meter]);
  }
  return told;

  async function finished({ meter }: Context, operationId: OperationId): Promise<void> {
    for (;;) {
      const operation = await readOperation(world, orgId, operationId);
      if (operation.state === 'completed') return;
      const worker = aContext(world, { kind: 'anyone' }, { meter });
      await runTurn(worker, { orgId, operationId, seenVersion: operation.version });
    }
  }
}

function first([one]: readonly TestConnection[]): TestConnection {
  if (!one) throw new Error('There is none.');
  return one;
}
