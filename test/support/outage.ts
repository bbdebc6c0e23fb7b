import type { OperationId, OrgId } from '../../domain/ids.ts';
import type { Operation } from '../../domain/operations/operation.item.ts';
import { runTurn } from '../../domain/operations/runOperation.ts';
import { sweepOperations } from '../../domain/operations/sweep.ts';
import type { Key, Table } from '../../domain/table/client.ts';
import { hour } from './clock.ts';
import { aRequest, type World } from './context.ts';
import { readOperation } from './operations.ts';

/** What a command of the document client is about: enough of its input to find the keys. */
type Input = {
  Key?: Key;
  Item?: Key;
  TransactItems?: Record<string, { Key?: Key; Item?: Key }>[];
  RequestItems?: Record<string, { Keys?: Key[] }>;
  ExpressionAttributeValues?: Record<string, string>;
};

export type Command = { input: Input; keys: Key[] };

/**
 * Puts something in the way of every command of a client, before the SDK's own retries: `meanwhile` throws what the
 * client is to be answered, or lets the command pass. Each command takes some time.
 */
export function commandsThrough(
  { clock }: Pick<World, 'clock'>,
  table: Table,
  meanwhile: (command: Command) => Promise<void>,
): Table {
  table.documents.middlewareStack.add(
    (next) => async (args) => {
      clock.advance(10);
      // Every command that the domain sends has some of these.
      const input = args.input as Input;
      await meanwhile({ input, keys: keysOf(input) });
      return next(args);
    },
    { step: 'initialize', priority: 'high', name: 'meanwhile' },
  );
  return table;
}

function keysOf({ Key, Item, TransactItems, RequestItems, ExpressionAttributeValues }: Input): Key[] {
  const partition = ExpressionAttributeValues?.[':p'];
  return [
    Key,
    Item,
    partition === undefined ? undefined : { pk: partition, sk: '' },
    ...(TransactItems ?? []).flatMap((item) =>
      Object.values(item).map((action) => action.Key ?? action.Item),
    ),
    ...Object.values(RequestItems ?? {}).flatMap(({ Keys = [] }) => Keys),
  ].flatMap((key) => key ?? []);
}

/** What Lambda leaves a turn, and how often it gives one record to its function. */
const turnMilliseconds = 20_000;
const deliveries = 9;
const sweepEveryMilliseconds = 60_000;
const longest = 48 * hour;

/**
 * Runs an operation to its end as the deployed stack does, in virtual time: the record of each of its writes brings on a
 * turn, comes again when that fails, and is given up after some times; every minute the sweep looks after it.
 */
export async function runAsDeployed(
  world: World,
  { orgId, operationId }: { orgId: OrgId; operationId: OperationId },
  table: Table,
): Promise<Operation> {
  const { clock } = world;
  const startedAt = clock.now().getTime();
  const request = () => {
    const { ctx } = aRequest({ ...world, table }, { kind: 'anyone' });
    return { ...ctx, deadline: clock.now().getTime() + turnMilliseconds };
  };
  let handled = 0;
  let failures = 0;
  while (clock.now().getTime() - startedAt < longest) {
    const operation = await readOperation(world, orgId, operationId);
    const { state, version: seenVersion } = operation;
    if (state === 'completed') return operation;
    if (seenVersion === handled) {
      clock.advance(sweepEveryMilliseconds);
      await sweepOperations(request()).catch(() => undefined);
      continue;
    }
    try {
      await runTurn(request(), { orgId, operationId, seenVersion });
      failures = 0;
    } catch {
      failures += 1;
      clock.advance(1_000);
    }
    clock.advance(300);
    if (failures > 0 && failures < deliveries) continue;
    [handled, failures] = [seenVersion, 0];
  }
  throw new Error(`${operationId} did not end within two days.`);
}
