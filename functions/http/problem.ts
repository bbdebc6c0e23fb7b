import { DomainError, type ErrorCode, type Fault } from '../../domain/errors.ts';
import type { Draft } from '../../domain/workspaces/draftWorkspace.ts';

/** Code → HTTP status and title: the one place where an outcome meets HTTP. Generates `docs/errors.md`. */
export const problems: Record<ErrorCode, { status: number; title: string }> = {
  account_not_available: { status: 400, title: 'Account not available' },
  accounts_would_be_lost: { status: 409, title: 'Accounts would be lost' },
  already_connected: { status: 409, title: 'Already connected' },
  business_account_mismatch: { status: 409, title: 'Another business account' },
  connection_has_copies: { status: 409, title: 'Connection has copies' },
  connection_limit_reached: { status: 409, title: 'Connection limit reached' },
  forbidden: { status: 403, title: 'Forbidden' },
  idempotency_key_reused: { status: 422, title: 'Idempotency key reused' },
  internal_error: { status: 500, title: 'Internal error' },
  invalid_cursor: { status: 400, title: 'Invalid cursor' },
  invitation_expired: { status: 410, title: 'Invitation expired' },
  invitation_for_someone_else: { status: 403, title: 'Invitation for someone else' },
  invitation_limit_reached: { status: 409, title: 'Invitation limit reached' },
  invitation_replaced: { status: 410, title: 'Invitation replaced' },
  invitation_used: { status: 409, title: 'Invitation used' },
  last_admin: { status: 409, title: 'Last admin' },
  last_owner: { status: 409, title: 'Last owner' },
  malformed_json: { status: 400, title: 'Malformed JSON' },
  member_limit_reached: { status: 409, title: 'Member limit reached' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  no_organization: { status: 403, title: 'No organization' },
  not_found: { status: 404, title: 'Not found' },
  payload_too_large: { status: 413, title: 'Payload too large' },
  stale_authorization: { status: 409, title: 'Stale authorization' },
  throttled: { status: 429, title: 'Too many requests' },
  try_again: { status: 503, title: 'Try again' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  unknown_user: { status: 400, title: 'Unknown user' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  validation_failed: { status: 400, title: 'Validation failed' },
  version_mismatch: { status: 412, title: 'Version mismatch' },
  workspace_busy: { status: 409, title: 'Workspace busy' },
  workspace_limit_reached: { status: 409, title: 'Workspace limit reached' },
};

export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  requestId: string;
  [extra: string]: unknown;
};

/** RFC 9457 problem details of a domain error. Of its faults the first ones are listed and all are counted. */
export function problemOf(error: DomainError, requestId: string): Problem {
  const { status, title } = problems[error.code];
  return {
    ...error.extra,
    ...listedFaults(error.extra),
    type: `urn:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
  };
}

/** Faults that a problem lists. */
export const mostFaults = 100;
const longestPointer = 200;
const longestDetail = 500;

/** A client names its fields and so decides how long the text of a fault is: what is too long is cut. */
function listedFaults({ errors }: DomainError['extra']): { errors?: Fault[]; errorCount?: number } {
  if (!Array.isArray(errors)) return {};
  const faults: readonly Fault[] = errors;
  return {
    errors: faults.slice(0, mostFaults).map((fault) => ({
      ...fault,
      pointer: cut(fault.pointer, longestPointer),
      detail: cut(fault.detail, longestDetail),
    })),
    errorCount: faults.length,
  };
}

function cut(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text;
  return `${text.slice(0, mostCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A draft with its problem in the form that POST would answer it in. */
export function draftBody({ problem, ...draft }: Draft): Record<string, unknown> {
  return problem ? { ...draft, problem: withoutRequest(problem) } : draft;
}

function withoutRequest(error: DomainError): Omit<Problem, 'requestId'> {
  const { requestId: _, ...problem } = problemOf(error, '');
  return problem;
}

/** What a client is told of an error that nobody foresaw. */
export function asDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return new DomainError(
    'internal_error',
    'Something went wrong on our side. Nothing is known to be changed.',
    {
      cause: error,
    },
  );
}

/** Seconds after which the same request may work. */
const retryAfterSeconds: Partial<Record<ErrorCode, number>> = {
  throttled: 1,
  try_again: 1,
  workspace_busy: 2,
};

export function problemHeaders({ code, extra }: DomainError): Record<string, string> {
  const seconds = extra.retryAfterSeconds ?? retryAfterSeconds[code];
  return {
    'content-type': 'application/problem+json',
    ...(seconds !== undefined && { 'retry-after': String(seconds) }),
    ...(code === 'version_mismatch' &&
      extra.currentVersion !== undefined && { etag: `"${String(extra.currentVersion)}"` }),
    ...(code === 'method_not_allowed' && { allow: String(extra.allow) }),
    ...(code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
  };
}
