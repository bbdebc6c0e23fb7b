import { STATUS_CODES } from 'node:http';
import type { ErrorCode, Fault } from '../../domain/errors.ts';

/** What goes over the wire, whoever made it: a function, or the stack itself. */
export type Answer = {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
};

export type Problem = {
  status: number;
  code: ErrorCode;
  detail: string;
  errors?: readonly Fault[];
  headers?: Record<string, string>;
};

/**
 * An answer of the stack itself as RFC 9457, with its request id.
 * API Gateway says `{"message":"Unauthorized"}`; clients of the local stack get the form of every other error instead,
 * so that one piece of client code reads them all.
 */
export function problemAnswer(problem: Problem, requestId: string): Answer {
  const { status, code, detail, errors, headers } = problem;
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    code,
    requestId,
    ...(errors && { errors }),
  };
  return {
    status,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': requestId, ...headers },
    body: JSON.stringify(body),
  };
}

export function jsonAnswer(value: unknown, requestId: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId, 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  };
}
