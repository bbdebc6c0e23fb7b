import { DomainError, type ErrorCode, type Fault } from '../../domain/errors.ts';
import { problemHeaders, problemOf } from '../../functions/http/problem.ts';

/** What goes over the wire, whoever made it: a function, or the stack itself. */
export type Answer = {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | Buffer;
};

export type Refusal = {
  code: ErrorCode;
  detail: string;
  errors?: readonly Fault[];
  /** Where it is not the one that the code has everywhere else. */
  status?: number;
  headers?: Record<string, string>;
};

/**
 * A refusal by the stack itself, in the form of every other error, with its request id. API Gateway says
 * `{"message":"Unauthorized"}`; here one piece of client code reads them all.
 */
export function refusalAnswer({ code, detail, errors, status, headers }: Refusal, requestId: string): Answer {
  const error = new DomainError(code, detail, errors && { extra: { errors } });
  const problem = problemOf(error, requestId);
  return {
    status: status ?? problem.status,
    headers: { ...problemHeaders(error), 'cache-control': 'no-store', 'x-request-id': requestId, ...headers },
    body: JSON.stringify({ ...problem, status: status ?? problem.status }),
  };
}

export function jsonAnswer(value: unknown, requestId: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'x-request-id': requestId, 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  };
}
