import type { GetItemCommandInput, QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { connectionKey } from '../../../domain/connections/connection.item.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { listConnections } from '../../../domain/connections/listConnections.ts';
import { searchAccounts } from '../../../domain/connections/searchAccounts.ts';
import { updateConnection } from '../../../domain/connections/updateConnection.ts';
import { getCredentials } from '../../../domain/services/serviceConnection.ts';
import { findItem } from '../../../domain/table/client.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, aCopy, at, aWorkspace, type TestConnection } from '../../support/builders.ts';
import { aContext, aRequest, changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { type Fault, type Sent, tableThrough } from '../../support/faults.ts';
import { failure } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 50 };

/** Lets something happen once, right before the first call that is meant. */
function rightBefore(isMeant: (sent: Sent) => boolean, meanwhile: () => Promise<unknown>): Fault {
  let isFirst = true;
  return async (sent, proceed) => {
    if (isFirst && isMeant(sent)) {
      isFirst = false;
      await meanwhile();
    }
    return proceed();
  };
}

function getsItem(prefix: string): (sent: Sent) => boolean {
  return ({ command, input }) =>
    command === 'GetItem' && String((input as GetItemCommandInput).Key?.sk?.S).startsWith(prefix);
}

/** An original in Home, a copy in Elsewhere, a copy of the copy in Deep. */
async function aChain() {
  const agency = await anAgency(engine);
  const { owner } = agency;
  const original = await aConnection(owner, agency.home.workspaceId);
  const copy = await aCopy(owner, original, agency.elsewhere.workspaceId);
  const deep = await aWorkspace(owner, { name: 'Deep' });
  const copyOfCopy = await aCopy(owner, copy, deep.workspaceId);
  const deleteBoth = async () => {
    await deleteConnection(owner, at(copyOfCopy));
    await deleteConnection(owner, at(copy));
  };
  return { ...agency, deep, original, copy, copyOfCopy, deleteBoth };
}

test('a list leaves out a connection that goes, and its parent with it, while it is read', async () => {
  const { owner, deep, deleteBoth } = await aChain();
  const other = await aConnection(owner, deep.workspaceId);
  let batches = 0;
  const isLens = ({ command }: Sent) => command === 'BatchGetItem' && ++batches === 2;
  const table = tableThrough(engine.anotherTable(), rightBefore(isLens, deleteBoth));

  const { items } = await listConnections(changed(owner, { table }), deep.workspaceId, page);

  expect(items.map(({ connectionId }) => connectionId)).toEqual([other.connectionId]);
});

test('credentials of a connection that is deleted while they are read are not found', async () => {
  const { owner, world, orgId, elsewhere } = await anAgency(engine);
  const original = await aConnection(owner, elsewhere.workspaceId);
  const table = tableThrough(
    engine.anotherTable(),
    rightBefore(getsItem('CREDENTIALS#'), () => deleteConnection(owner, at(original))),
  );
  const service = aContext({ ...world, table }, { kind: 'service', id: 's' });

  const error = await failure(() => getCredentials(service, { orgId, ...at(original) }));

  expect(error.code).toBe('not_found');
});

test('a copy that is deleted, and its parent with it, while its selection is changed is not found', async () => {
  const { owner, copy, copyOfCopy, deleteBoth } = await aChain();
  await updateConnection(owner, at(copyOfCopy), { accountIds: ['a1'] });
  let gets = 0;
  const isParent = (sent: Sent) => getsItem('CONNECTION#')(sent) && ++gets === 2;
  const table = tableThrough(engine.anotherTable(), rightBefore(isParent, deleteBoth));

  const error = await failure(() =>
    updateConnection(changed(owner, { table }), at(copyOfCopy), { accountIds: ['a1', 'a2'] }),
  );

  expect(error.code).toBe('not_found');
  expect(copy.lineage.kind).toBe('copy');
});

/** An index that is behind once: it still shows an item that has gone. */
function showsOnce(ghost: Record<string, unknown>): { fault: Fault; seen: { queries: number } } {
  const seen = { queries: 0 };
  return {
    seen,
    fault: async (sent, proceed) => {
      const answer = await proceed();
      const values = (sent.input as QueryCommandInput).ExpressionAttributeValues;
      if (sent.command !== 'Query' || !JSON.stringify(values).includes('#LINEAGE#')) return answer;
      seen.queries += 1;
      if (seen.queries > 1) return answer;
      const { output } = answer as { output: { Items?: unknown[] } };
      output.Items = [ghost, ...(output.Items ?? [])];
      return answer;
    },
  };
}

test('a search of accounts looks again when the index was behind', async () => {
  const { owner, world, orgId } = await anAgency(engine);
  const [first, second, third] = [await aWorkspace(owner), await aWorkspace(owner), await aWorkspace(owner)];
  const original = await aConnection(owner, third.workspaceId);
  const copy = await aCopy(owner, original, second.workspaceId);
  const gone: TestConnection = await aCopy(owner, copy, first.workspaceId);
  const ghost = await findItem(owner, connectionKey(orgId, gone));
  await deleteConnection(owner, at(gone));
  await deleteConnection(owner, at(copy));
  const { fault, seen } = showsOnce({ ...ghost });
  const { ctx, pauses } = aRequest(world, owner.actor, {
    table: afterParsing(engine.anotherTable(), fault),
  });

  const { items } = await searchAccounts(ctx, page);

  expect(items.map(({ accountId }) => accountId)).toEqual(['a1', 'a2', 'a3']);
  expect([seen.queries, pauses.length]).toEqual([2, 1]);
});

/** A fault between the document client and its caller: answers are plain objects there. */
function afterParsing(table: ReturnType<typeof engine.anotherTable>, fault: Fault) {
  table.documents.middlewareStack.add(
    (next, context) => (args) =>
      fault(
        { command: String(context.commandName).replace(/Command$/, ''), input: args.input as Sent['input'] },
        () => next(args),
      ),
    { step: 'initialize', priority: 'high', name: 'behind' },
  );
  return table;
}
