import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import type { WorkspaceId } from '../../../domain/ids.ts';
import type { Item } from '../../../domain/table/client.ts';
import { workspaceKey } from '../../../domain/workspaces/workspace.item.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { perform } from '../../support/perform.ts';
import { type Asked, aScene, routeNamed, type Scene, samples } from '../../support/samples.ts';
import { everything, failure } from '../../support/state.ts';

const engine = await anEngine();
const { documents, name: TableName } = engine.table;

type Status = 'updating' | 'deleting';

/** The operation that works on a workspace, as accepting it leaves the item. */
function occupy({ orgId }: Scene, workspaceId: string, status: Status) {
  return documents.send(
    new UpdateCommand({
      TableName,
      Key: workspaceKey(orgId, workspaceId as WorkspaceId),
      UpdateExpression: 'SET #status = :status, operationId = :operationId ADD version :one',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': status, ':operationId': 'opr_1', ':one': 1 },
    }),
  );
}

/** The workspaces that stand in the way: one that is updated can still be copied from, one that is deleted can not. */
function inTheWay({ params = {}, body = {} }: Asked, status: Status): string[] {
  const { connections: _, ...target } = body;
  const named = status === 'deleting' ? [params, body] : [params, target];
  return [...new Set(JSON.stringify(named).match(/wsp_\w+/g))];
}

/** Who is invited, removed or created anew leaves no mark in a workspace. */
const unaffected = ['createWorkspace', 'resendInvitation', 'revokeInvitation', 'removeUser'];
const writes = samples.filter(
  ({ operationId }) => routeNamed(operationId).method !== 'GET' && !unaffected.includes(operationId),
);

describe.each<Status>(['updating', 'deleting'])(
  'while an operation is %s one of its workspaces',
  (status) => {
    test.each(writes)('$operationId $what is refused, naming the operation', async ({ operationId, ask }) => {
      for (let n = 0, isOver = false; !isOver; n++) {
        const scene = await aScene(engine);
        const asked = await ask(scene, scene.owner);
        const busy = inTheWay(asked, status);
        await occupy(scene, busy[n] ?? '', status);
        const before = await everything(engine.table, `ORG#${scene.orgId}`);

        const error = await failure(() => perform(scene.owner, routeNamed(operationId), asked));

        expect(error).toMatchObject({ code: 'workspace_busy', extra: { operationId: 'opr_1' } });
        expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(before);
        isOver = n === busy.length - 1;
      }
    });

    test.each(writes)(
      '$operationId $what is refused also when it began after all was read',
      async (sample) => {
        const scene = await aScene(engine);
        const asked = await sample.ask(scene, scene.owner);
        let occupied: Item[] = [];
        const began = async () => {
          const last = inTheWay(asked, status).at(-1) ?? '';
          await occupy(scene, last, status);
          occupied = await everything(engine.table, `ORG#${scene.orgId}`);
        };
        const table = tableThrough(engine.anotherTable(), beforeFirstWrite(began));

        const error = await failure(() =>
          perform(changed(scene.owner, { table }), routeNamed(sample.operationId), asked),
        );

        expect(error.code).toBe('workspace_busy');
        expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(occupied);
      },
    );
  },
);

test('a workspace that is being updated can be copied from', async () => {
  const scene = await aScene(engine);
  const sample = samples.find(({ operationId, what }) => operationId === 'copyConnections' && what === 'in');
  const asked = (await sample?.ask(scene, scene.owner)) ?? {};
  await occupy(scene, scene.second.workspaceId, 'updating');

  await expect(perform(scene.owner, routeNamed('copyConnections'), asked)).resolves.toMatchObject({
    status: 201,
  });
});
