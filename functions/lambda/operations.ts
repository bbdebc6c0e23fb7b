import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBBatchResponse, DynamoDBStreamEvent, Context as LambdaContext } from 'aws-lambda';
import { once } from '../../domain/once.ts';
import { type Operation, parseOperation } from '../../domain/operations/operation.item.ts';
import { runTurn } from '../../domain/operations/runOperation.ts';
import { describedError } from '../describedError.ts';
import { type Attempt, environmentFrom } from '../http/environment.ts';
import { streamWorkers } from '../metrics/names.ts';
import { publish } from '../metrics/publish.ts';
import { type StreamWorker, workOff } from '../workers/workOff.ts';

const logger = new Logger();
const outside = once(async () => environmentFrom(process.env));

const worker: StreamWorker<Operation> = {
  name: 'operations',
  parse: parseOperation,
  begin: async () => turn,
  isSideBySide: true,
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
  const at = { organizationId: orgId, operationId };
  let failedSteps = 0;
  let itemsGivenUp = 0;
  try {
    const operation = await runTurn(
      attempt,
      { orgId, operationId, seenVersion: version },
      {
        failed: (failure) => {
          failedSteps += 1;
          logger.error('operation step failed', { ...at, ...describedError(failure) });
        },
        gaveUp: (items) => {
          itemsGivenUp += items;
          logger.error('operation items given up', { ...at, items });
        },
      },
    );
    if (operation) tell(operation, attempt.now().getTime() - startedAt);
  } finally {
    const happened = {
      ...(failedSteps > 0 && { FailedSteps: failedSteps }),
      ...(itemsGivenUp > 0 && { ItemsGivenUp: itemsGivenUp }),
    };
    if (failedSteps + itemsGivenUp > 0) publish(streamWorkers.operations, happened);
  }
}

function tell(operation: Operation, milliseconds: number): void {
  const { orgId, operationId, workspaceId, kind, state, done, total, skippedCount, attempts } = operation;
  const { failingSince, nextTryAt } = operation;
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
    failingSince,
    nextTryAt,
    durationMilliseconds: milliseconds,
  });
}
