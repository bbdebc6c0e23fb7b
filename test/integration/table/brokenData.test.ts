import { expect, test } from 'vitest';
import { connectionKey } from '../../../domain/connections/connection.item.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { organizationKey } from '../../../domain/organizations/organization.item.ts';
import type { Key } from '../../../domain/table/client.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { workspaceKey } from '../../../domain/workspaces/workspace.item.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aConnection, aCopy, at, aWorkspace, type TestConnection } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { everything } from '../../support/state.ts';
import { damageTo } from '../verify/damage.ts';

const engine = await anEngine();
const d = damageTo(engine.table);

/** An agency with a lineage of three: an original in Home, a copy in Elsewhere, a copy of that in Deep. */
async function aLineage() {
  const agency = await anAgency(engine);
  const { owner, home, elsewhere } = agency;
  const copy = await aCopy(owner, await aConnection(owner, home.workspaceId), elsewhere.workspaceId);
  const deep = await aWorkspace(owner, { name: 'Deep' });
  return { ...agency, copy, copyOfCopy: await aCopy(owner, copy, deep.workspaceId) };
}
type Scene = Agency & { copy: TestConnection; copyOfCopy: TestConnection };

test.each<[string, (scene: Scene) => Key, (scene: Scene) => Promise<unknown>]>([
  [
    'the parent of a copy that is deleted',
    ({ orgId, copy }) => connectionKey(orgId, copy),
    ({ owner, copyOfCopy }) => deleteConnection(owner, at(copyOfCopy)),
  ],
  [
    'the workspace that a deleted copy was made from',
    ({ orgId, copy }) => workspaceKey(orgId, copy.workspaceId),
    ({ owner, copyOfCopy }) => deleteConnection(owner, at(copyOfCopy)),
  ],
  [
    'the organization of a workspace that is deleted',
    ({ orgId }) => organizationKey(orgId),
    ({ owner, copyOfCopy }) => deleteWorkspace(owner, copyOfCopy.workspaceId),
  ],
])('no counter is written in the place of %s: the error says what is not there', async (_, keyOf, write) => {
  const scene = await aLineage();
  const key = keyOf(scene);
  await d.remove(key);
  const before = await everything(engine.table);

  await expect(write(scene)).rejects.toThrow(`There is nothing at ${key.pk} ${key.sk} to count on.`);

  expect(await everything(engine.table)).toEqual(before);
});
