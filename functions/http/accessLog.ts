import { Logger } from '@aws-lambda-powertools/logger';
import { describedError } from '../describedError.ts';
import type { Call, HttpEvent, Step } from './call.ts';
import { asDomainError } from './problem.ts';

const logger = new Logger();

/**
 * One structured line a request. What it may hold is named here; headers, bodies, queries, tokens and emails are never
 * among it. An error that nobody foresaw is logged in full, once.
 */
export function accessLog(): Step {
  return {
    after: ({ event, response }) => logger.info('request', lineOf(event, response)),
    onError: ({ event, response, error }) => {
      const { code } = asDomainError(error);
      const line = { ...lineOf(event, response), code };
      if (code === 'internal_error') logger.error('request', { ...line, ...describedError(error) });
      else logger.info('request', { ...line, ...(code === 'try_again' && reasonOf(error)) });
    },
  };
}

/** What stood in the way, for those who look after the storage. */
function reasonOf(error: Error | null | undefined) {
  return error?.cause === undefined ? {} : { cause: describedError(error.cause) };
}

function lineOf({ call, requestContext }: HttpEvent, response: unknown) {
  const status =
    response && typeof response === 'object' && 'statusCode' in response ? response.statusCode : undefined;
  return {
    requestId: requestContext.requestId,
    operation: call.route?.operationId,
    method: requestContext.http.method,
    route: call.route?.path,
    status,
    durationMilliseconds: call.environment.now().getTime() - call.startedAt.getTime(),
    ...actorIds(call),
  };
}

function actorIds({ ctx }: Call) {
  const actor = ctx?.actor;
  if (actor?.kind === 'user') return { actor: actor.kind, organizationId: actor.orgId, userId: actor.userId };
  return { actor: actor?.kind };
}
