import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent, Context as LambdaContext } from 'aws-lambda';
import { once } from '../../domain/once.ts';
import { type Operation, parseOperation } from '../../domain/operations/operation.item.ts';
import { runTurn } from '../../domain/operations/runOperation.ts';
import { describedError } from '../describedError.ts';
import { type Attempt, environmentFrom } from '../http/environment.ts';
import { type StreamWorker, workOff } from '../workers/workOff.ts';

const logger = new Logger();
const outside = once(async () => environmentFrom(process.env));

const worker: StreamWorker<Operation> = {
  name: 'operations',
  parse: parseOperation,
  begin: async () => turn,
};

/** Drives operations on, a turn for each of their writes. */
export async function handler(
  batch: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  return workOff(worker, await outside(), batch, context);
}

async function turn({ orgId, operationId, version }: Operation, attempt: Attempt): Promise<void> {
  const startedAt = attempt.now().getTime();
  const operation = await runTurn(attempt, { orgId, operationId, seenVersion: version }, (failure) =>
    logger.error('operation step failed', { organizationId: orgId, operationId, ...describedError(failure) }),
  );
  if (operation) tell(operation, attempt.now().getTime() - startedAt);
}

function tell(operation: Operation, milliseconds: number): void {
  const { orgId, operationId, workspaceId, kind, state, done, total, skippedCount, attempts } = operation;
  logger.info('operation turn', {
    organizationId: orgId,
    operationId,
    workspaceId,
    kind,
    state,
    done,
    total,
    skipped: skippedCount,
    attempts,
    durationMilliseconds: milliseconds,
  });
}
