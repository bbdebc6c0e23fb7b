import { expect, test } from 'vitest';
import { OperationId, OrgId } from '../../domain/ids.ts';
import { operationItem, planPageKey, skippedItem } from '../../domain/operations/operation.item.ts';
import { aConnection, aCopy, aMember, anOrganization, aWorkspace } from '../support/builders.ts';
import { aWorld, withKey } from '../support/context.ts';
import { anEngine } from '../support/engine.ts';
import { everything } from '../support/state.ts';

const engine = await anEngine();

/** Keys with the last digits of the counted ids: of con_01test00000000000000000016 stays con_16. */
function shortened(keys: unknown[]): string {
  const present = keys.filter((key) => key !== undefined);
  return present.join(' | ').replaceAll('01test000000000000000000', '');
}

/** Written down once and never made by the code: a key that changes loses what is stored under it. */
const golden = [
  'IDENTITY#login-editor@example.com | ORG#org_01',
  'IDENTITY#login-owner@example.com | ORG#org_01',
  'ORG#org_01 | EMAIL#editor@example.com',
  'ORG#org_01 | EMAIL#owner@example.com',
  'ORG#org_01 | INVITATION#inv_02',
  'ORG#org_01 | INVITATION#inv_11',
  'ORG#org_01 | INVITATIONS',
  'ORG#org_01 | ORGANIZATION | ORGANIZATIONS#1 | org_01',
  'ORG#org_01 | USER#usr_05',
  'ORG#org_01 | USER#usr_13',
  'ORG#org_01 | WORKSPACE#wsp_07',
  'ORG#org_01 | WORKSPACE#wsp_09',
  'ORG#org_01#EVENTS | evt_03',
  'ORG#org_01#EVENTS | evt_04',
  'ORG#org_01#EVENTS | evt_06',
  'ORG#org_01#EVENTS | evt_08 | ORG#org_01#WORKSPACE#wsp_07#EVENTS | evt_08',
  'ORG#org_01#EVENTS | evt_10 | ORG#org_01#WORKSPACE#wsp_09#EVENTS | evt_10',
  'ORG#org_01#EVENTS | evt_12 | ORG#org_01#WORKSPACE#wsp_07#EVENTS | evt_12',
  'ORG#org_01#EVENTS | evt_14 | ORG#org_01#WORKSPACE#wsp_07#EVENTS | evt_14',
  'ORG#org_01#EVENTS | evt_15 | ORG#org_01#WORKSPACE#wsp_07#EVENTS | evt_15',
  'ORG#org_01#EVENTS | evt_17 | ORG#org_01#WORKSPACE#wsp_07#EVENTS | evt_17',
  'ORG#org_01#EVENTS | evt_19 | ORG#org_01#WORKSPACE#wsp_09#EVENTS | evt_19',
  'ORG#org_01#IDEMPOTENCY#1957de1c8a0e4fe3f208c2ac78bded96993571ece2f038d00157a60b5dc846c4 | RECORD',
  'ORG#org_01#WORKSPACE#wsp_07 | ACCOUNTS#con_16#0000',
  'ORG#org_01#WORKSPACE#wsp_07 | CONNECTION#16 | ORG#org_01#LINEAGE#con_16 | #con_16',
  'ORG#org_01#WORKSPACE#wsp_07 | CREDENTIALS#con_16',
  'ORG#org_01#WORKSPACE#wsp_07 | MEMBER#usr_05 | ORG#org_01#USER#usr_05 | WORKSPACE#wsp_07',
  'ORG#org_01#WORKSPACE#wsp_07 | MEMBER#usr_13 | ORG#org_01#USER#usr_13 | WORKSPACE#wsp_07',
  'ORG#org_01#WORKSPACE#wsp_09 | CONNECTION#16 | ORG#org_01#LINEAGE#con_16 | con_16#con_1816',
  'ORG#org_01#WORKSPACE#wsp_09 | MEMBER#usr_05 | ORG#org_01#USER#usr_05 | WORKSPACE#wsp_09',
];

test('every item stands under its own keys, on the table and on the index', async () => {
  const { owner } = await anOrganization(aWorld(engine));
  const parent = await aWorkspace(owner);
  const other = await aWorkspace(withKey(owner, 'key-1'));
  await aMember(owner, 'editor@example.com', { workspaceId: parent.workspaceId, role: 'editor' });
  const original = await aConnection(owner, parent.workspaceId);
  await aCopy(owner, original, other.workspaceId);

  const items = await everything(engine.table);

  expect(items.map(({ pk, sk, gsi1pk, gsi1sk }) => shortened([pk, sk, gsi1pk, gsi1sk]))).toEqual(golden);
});

test('an operation stands beside its plan and what its steps left out', () => {
  const [orgId, operationId] = [OrgId.parse('org_1'), OperationId.parse('opr_1')];
  const { pk, sk } = operationItem({
    orgId,
    operationId,
  } as Parameters<typeof operationItem>[0]);

  expect({ pk, sk }).toEqual({ pk: 'ORG#org_1#OPERATION#opr_1', sk: 'OPERATION' });
  expect(planPageKey(orgId, operationId, 12)).toEqual({ pk, sk: 'PLAN#000012' });
  expect(skippedItem({ orgId, operationId }, '00000034', [], new Date(0))).toMatchObject({
    pk,
    sk: 'SKIPPED#00000034',
  });
});
