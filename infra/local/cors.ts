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
 * The API is open to pages of every origin: what protects it is the token. What exists only locally gives tokens away,
 * so only pages from this machine may read it, not whatever site the developer has open.
 */
export function withCors(answer: Answer, request: HttpRequest, onlyLocalPages: boolean): Answer {
  const origin = request.headers.origin?.[0];
  if (origin === undefined || (onlyLocalPages && !isLocalPage(origin))) return answer;
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'access-control-allow-origin': onlyLocalPages ? origin : '*',
      'access-control-expose-headers': exposed,
      ...(onlyLocalPages && { vary: 'origin' }),
    },
  };
}

function isLocalPage(origin: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin);
}
