import type { Answer } from './answer.ts';
import type { HttpRequest } from './event.ts';

const exposed = 'etag, location, retry-after, x-request-id, idempotency-replayed';

/** A browser asks first whether it may; the gateway answers that itself, no function sees it. */
export function isPreflight({ method, headers }: HttpRequest): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** Echoes the headers that are asked for, as `*` would leave out Authorization. */
export function preflightAnswer({ headers }: HttpRequest): Answer {
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': headers['access-control-request-headers']?.join(',') ?? '',
      'access-control-max-age': '600',
    },
    body: '',
  };
}

/**
 * The API is open to pages of every origin: what protects it is the token. What exists only locally is for the stack's
 * own pages: other origins have been refused by then.
 */
export function withCors(answer: Answer, request: HttpRequest, isLocalEndpoint: boolean): Answer {
  const origin = request.headers.origin?.[0];
  if (origin === undefined) return answer;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'access-control-allow-origin': isLocalEndpoint ? origin : '*',
      'access-control-expose-headers': exposed,
      ...(isLocalEndpoint && { vary: 'origin' }),
    },
  };
}
