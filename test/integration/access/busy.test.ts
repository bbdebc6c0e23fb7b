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

/** The operation that works on a workspace, as accepting it leaves the item. */
function occupy({ orgId }: Scene, workspaceId: string) {
  return documents.send(
    new UpdateCommand({
      TableName,
      Key: workspaceKey(orgId, workspaceId as WorkspaceId),
      UpdateExpression: 'SET #status = :updating, operationId = :operationId ADD version :one',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':updating': 'updating', ':operationId': 'opr_1', ':one': 1 },
    }),
  );
}

/** The workspaces that a request is about, in its path and in its body. */
function workspacesIn(asked: Asked): string[] {
  return [...new Set(JSON.stringify(asked).match(/wsp_\w+/g))];
}

/** Who is invited, removed or created anew leaves no mark in a workspace. */
const unaffected = ['createWorkspace', 'resendInvitation', 'revokeInvitation', 'removeUser'];
const writes = samples.filter(
  ({ operationId }) => routeNamed(operationId).method !== 'GET' && !unaffected.includes(operationId),
);

describe('while an operation works on one of its workspaces', () => {
  test.each(writes)('$operationId $what is refused, naming the operation', async ({ operationId, ask }) => {
    const scene = await aScene(engine);
    const asked = await ask(scene, scene.owner);

    for (const workspaceId of workspacesIn(asked)) {
      const other = await aScene(engine);
      const again = await ask(other, other.owner);
      const busy = workspacesIn(again)[workspacesIn(asked).indexOf(workspaceId)] ?? '';
      await occupy(other, busy);
      const before = await everything(engine.table, `ORG#${other.orgId}`);

      const error = await failure(() => perform(other.owner, routeNamed(operationId), again));

      expect(error).toMatchObject({ code: 'workspace_busy', extra: { operationId: 'opr_1' } });
      expect(await everything(engine.table, `ORG#${other.orgId}`)).toEqual(before);
    }
  });

  test.each(writes)('$operationId $what is refused also when it began after all was read', async (sample) => {
    const scene = await aScene(engine);
    const asked = await sample.ask(scene, scene.owner);
    let occupied: Item[] = [];
    const began = async () => {
      for (const workspaceId of workspacesIn(asked)) await occupy(scene, workspaceId);
      occupied = await everything(engine.table, `ORG#${scene.orgId}`);
    };
    const table = tableThrough(engine.anotherTable(), beforeFirstWrite(began));

    const error = await failure(() =>
      perform(changed(scene.owner, { table }), routeNamed(sample.operationId), asked),
    );

    expect(error.code).toBe('workspace_busy');
    expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(occupied);
  });
});
