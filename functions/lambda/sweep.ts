import { Logger } from '@aws-lambda-powertools/logger';
import type { Context as LambdaContext } from 'aws-lambda';
import { once } from '../../domain/once.ts';
import { sweepOperations } from '../../domain/operations/sweep.ts';
import { describedError } from '../describedError.ts';
import { attemptIn, environmentFrom } from '../http/environment.ts';
import { sweeper } from '../metrics/names.ts';
import { publish } from '../metrics/publish.ts';

const logger = new Logger();
const outside = once(async () => environmentFrom(process.env));

/**
 * Every minute: says how many operations run and for how long, and wakes those that nothing drives. Fails when it
 * could not look after all of them, once it has told the rest, so that an alarm goes off.
 */
export async function handler(_: unknown, context: LambdaContext): Promise<void> {
  const attempt = attemptIn(await outside(), context.getRemainingTimeInMillis());
  const sweep = await sweepOperations(attempt, (failure, operationId) =>
    logger.error('operation not looked after', { operationId, ...describedError(failure) }),
  );
  logger.info('sweep', sweep);
  publish(sweeper, {
    OperationsRunning: sweep.running,
    OperationsWoken: sweep.woken,
    OperationAge: sweep.oldestMilliseconds / 1_000,
    OperationRest: sweep.restingMilliseconds / 1_000,
  });
  if (sweep.failed > 0)
    throw new Error(`${sweep.failed} of ${sweep.running} running operations could not be looked after.`);
}
