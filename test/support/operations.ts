import { OperationId, type OrgId } from '../../domain/ids.ts';
import {
  type Operation,
  operationItem,
  operationKey,
  parseOperation,
  runningItem,
} from '../../domain/operations/operation.item.ts';
import { runTurn } from '../../domain/operations/runOperation.ts';
import { findItem, putItem, type Table } from '../../domain/table/client.ts';
import { hour } from './clock.ts';
import { aContext, type World } from './context.ts';

export type Running = { operation?: { operationId: string } | undefined };

/** The operation that a request was answered with. */
export function operationOf(answer: Running | null): OperationId {
  return OperationId.parse(answer?.operation?.operationId);
}

export async function readOperation(
  world: World,
  orgId: OrgId,
  operationId: OperationId,
): Promise<Operation> {
  const ctx = aContext(world, { kind: 'anyone' });
  return parseOperation(await findItem(ctx, operationKey(orgId, operationId)));
}

/** What the stream does with the record of an operation's latest write. */
export async function deliver(
  world: World,
  { orgId, operationId, version: seenVersion }: Operation,
  table: Table = world.table,
): Promise<void> {
  await runTurn(aContext({ ...world, table }, { kind: 'anyone' }), { orgId, operationId, seenVersion });
}

/** An operation as it was just accepted, with its mark; it has no plan, so nothing but a sweep can be done with it. */
export async function anUndrivenOperation(world: World): Promise<Operation> {
  const ctx = aContext(world, { kind: 'anyone' });
  const now = world.clock.now().toISOString();
  const operation: Operation = {
    orgId: world.newId('org'),
    operationId: world.newId('opr'),
    kind: 'connections.copy',
    actor: { userId: world.newId('usr'), login: 'login', email: 'someone@example.com' },
    state: 'running',
    total: 1,
    done: 0,
    skippedCount: 0,
    stepSize: 1,
    attempts: 0,
    createdAt: now,
    movedAt: now,
    version: 1,
  };
  await putItem(ctx, operationItem(operation));
  await putItem(ctx, runningItem(operation));
  return operation;
}

const mostTurns = 2_000;

/** What a turn says of failures that nobody foresaw. */
export async function failuresOf(world: World, operation: Operation): Promise<unknown[]> {
  const { orgId, operationId, version: seenVersion } = operation;
  const failures: unknown[] = [];
  const worker = aContext(world, { kind: 'anyone' });
  await runTurn(
    worker,
    { orgId, operationId, seenVersion },
    { failed: (failure) => failures.push(failure), gaveUp: () => undefined },
  );
  return failures;
}

/**
 * Delivers record after record until the operation has ended; gives it as it ended. Each of its pauses takes an hour.
 * `told` takes the failures.
 */
export async function untilDone(
  world: World,
  orgId: OrgId,
  operationId: OperationId,
  told: unknown[] = [],
): Promise<Operation> {
  for (let turn = 0; turn < mostTurns; turn++) {
    const operation = await readOperation(world, orgId, operationId);
    if (operation.state === 'completed') return operation;
    if (operation.nextTryAt !== undefined) world.clock.advance(hour);
    told.push(...(await failuresOf(world, operation)));
  }
  throw new Error(`Operation ${operationId} did not end after ${mostTurns} turns.`);
}
