import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { HttpEvent, Step } from './call.ts';
import { asDomainError, problemHeaders, problemOf } from './problem.ts';
import type { Answer } from './route.ts';

/** Turns what a handler answers, or throws, into the HTTP answer. */
export function sendAnswer(): Step {
  return {
    after: (request) => {
      // The handler answers an Answer; nothing before this step has turned it into a result.
      request.response = resultOf(request.response as Answer, request.event);
    },
    onError: (request) => {
      const { requestId } = request.event.requestContext;
      const error = asDomainError(request.error);
      const problem = problemOf(error, requestId);
      request.response = {
        statusCode: problem.status,
        headers: { ...problemHeaders(error), 'cache-control': 'no-store', 'x-request-id': requestId },
        body: JSON.stringify(problem),
      };
    },
  };
}

function resultOf(
  { status, body, headers, raw }: Answer,
  event: HttpEvent,
): APIGatewayProxyStructuredResultV2 {
  const etag = etagOf(body);
  const common = {
    'cache-control': 'private, no-cache',
    'x-request-id': event.requestContext.requestId,
    ...(etag && { etag }),
    ...headers,
  };
  if (raw) return { statusCode: status, headers: common, ...raw };
  if (body === undefined) return { statusCode: status, headers: common };
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...common },
    body: JSON.stringify(body),
  };
}

function etagOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('version' in body)) return undefined;
  return typeof body.version === 'number' ? `"${body.version}"` : undefined;
}
