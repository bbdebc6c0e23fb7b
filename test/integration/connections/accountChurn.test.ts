import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { firstAccounts } from '../../../domain/accounts/accountSet.ts';
import { mostOrdinals } from '../../../domain/accounts/ordinals.ts';
import { connectionKey } from '../../../domain/connections/connection.item.ts';
import { getConnection } from '../../../domain/connections/getConnection.ts';
import { listAccounts } from '../../../domain/connections/listAccounts.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { Reconnect, reconnect } from '../../../domain/connections/reconnect.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { getOperation } from '../../../domain/operations/getOperation.ts';
import { reportAccounts, reportAuthorization } from '../../../domain/services/serviceConnection.ts';
import { anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aCopy,
  at,
  aWorkspace,
  someAccounts,
  type TestConnection,
  type TestUser,
} from '../../support/builders.ts';
import { aContext, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { operationOf, untilDone } from '../../support/operations.ts';
import { failure, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

/** As many other accounts, each time with other ids: the third list makes the lineage forget what it offered before. */
async function churn(editor: TestUser, through: TestConnection, rounds = 3): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const accounts = Array.from({ length: 10_000 }, (_, n) => ({ id: `churn-${round}-${n}`, name: '' }));
    const input = Reconnect.parse({ credentials: {}, accounts, acceptAccountLoss: true });
    await reconnect(editor, at(through), input);
  }
}

async function selectedIn(reader: TestUser, connection: TestConnection) {
  const { items } = await listAccounts(reader, at(connection), page);
  return items.filter(({ selected }) => selected).map(({ accountId }) => accountId);
}

describe('an ordinal that is used again', () => {
  test('is not that of an account which a connection has selected, however many come and go', async () => {
    const { owner, home, elsewhere } = await anAgency(engine);
    const original = await aConnection(owner, home.workspaceId);
    const copy = await aCopy(owner, original, elsewhere.workspaceId, ['a2']);

    await churn(owner, original, 4);

    expect(await selectedIn(owner, copy)).toEqual([]);
    expect((await getConnection(owner, at(copy))).accounts).toMatchObject({ total: 10_000, selected: 0 });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('is not selected by who named the account that had it before', async () => {
    const { owner, home } = await anAgency(engine);
    const original = await aConnection(owner, home.workspaceId);
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => churn(owner, original)),
    );

    const error = await failure(() =>
      updateConnection(changed(owner, { table }), at(original), { accountIds: ['a1'] }),
    );

    expect(error).toMatchObject({ code: 'account_not_available', extra: { accountIds: ['a1'] } });
    expect((await getConnection(owner, at(original))).accounts).toMatchObject({ mode: 'all' });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('is not copied by who named the account that had it before', async () => {
    const { owner, home, elsewhere } = await anAgency(engine);
    const original = await aConnection(owner, home.workspaceId);
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => churn(owner, original)),
    );

    const error = await failure(() =>
      aCopy(changed(owner, { table }), original, elsewhere.workspaceId, ['a1']),
    );

    expect(error).toMatchObject({ code: 'account_not_available', extra: { accountIds: ['a1'] } });
    expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
  });

  test('is not taken by an operation that was accepted for the account that had it before', async () => {
    const { owner, world, orgId, home } = await anAgency(engine);
    const sources: TestConnection[] = [];
    for (let n = 0; n < 60; n++)
      sources.push(await aConnection(owner, home.workspaceId, { name: `Number ${n}` }));
    const [churned] = sources as [TestConnection];
    const connections = sources.map((source) => ({ ...at(source), accountIds: ['a1'] }));
    const made = await aWorkspace(owner, { connections });

    await churn(owner, churned);
    await untilDone(world, orgId, operationOf(made));

    expect(await getOperation(owner, operationOf(made))).toMatchObject({
      total: 60,
      skipped: [{ connectionId: churned.connectionId, code: 'account_not_available' }],
    });
    expect((await listConnections(owner, made.workspaceId, page)).items).toHaveLength(59);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('a lineage whose ordinals have all been selected by name', () => {
  async function aFullLineage() {
    const agency = await anAgency(engine);
    const original = await aConnection(agency.owner, agency.home.workspaceId);
    const copy = await aCopy(agency.owner, original, agency.elsewhere.workspaceId);
    await engine.table.documents.send(
      new UpdateCommand({
        TableName: engine.table.name,
        Key: connectionKey(agency.orgId, original),
        UpdateExpression: 'SET selectedEver = :all',
        ExpressionAttributeValues: { ':all': firstAccounts(mostOrdinals) },
      }),
    );
    const service = aContext(agency.world, { kind: 'service', id: 'extractor' });
    return { ...agency, original, copy, service, place: { orgId: agency.orgId, ...at(copy) } };
  }
  const accounts = someAccounts('a1', 'a2', 'a3', 'new');

  test('refuses who brings new accounts, by name and with what to do', async () => {
    const { owner, original, service, place } = await aFullLineage();

    const reconnecting = await refused(owner, () =>
      reconnect(owner, at(original), { credentials: {}, accounts }),
    );
    const reporting = await refused(service, () =>
      reportAccounts(service, place, { authorizationVersion: 1, accounts }),
    );

    expect([reconnecting.code, reporting.code]).toEqual(['payload_too_large', 'payload_too_large']);
    expect(reconnecting.message).toContain('connect the data source again as a new connection');
  });

  test('is reconnected, reported on and renamed by everybody else as ever', async () => {
    const { owner, outsider, original, copy, service, place } = await aFullLineage();
    const error = { code: 'expired', message: 'The token has expired.' };

    await reportAuthorization(service, place, { authorizationVersion: 1, status: 'error', error });
    await reconnect(outsider, at(copy), { credentials: {} });
    await reconnect(owner, at(original), { credentials: {}, accounts: someAccounts('a1', 'a2', 'a3') });
    await reportAccounts(service, place, {
      authorizationVersion: 3,
      accounts: [{ id: 'a1', name: 'Renamed' }],
    });
    await updateConnection(owner, at(copy), { name: 'Renamed', accountIds: ['a1'] });

    expect(await getConnection(owner, at(copy))).toMatchObject({
      name: 'Renamed',
      status: 'active',
      authorizationVersion: 3,
      accounts: { total: 1, selected: 1 },
    });
  });
});
