/** Every outcome that is not a success. Stable: clients branch on them. `docs/errors.md` is generated from the status table. */
export type ErrorCode =
  | 'account_not_available'
  | 'accounts_would_be_lost'
  | 'already_connected'
  | 'business_account_mismatch'
  | 'connection_has_copies'
  | 'connection_limit_reached'
  | 'forbidden'
  | 'idempotency_key_reused'
  | 'internal_error'
  | 'invalid_cursor'
  | 'invitation_expired'
  | 'invitation_for_someone_else'
  | 'invitation_limit_reached'
  | 'invitation_replaced'
  | 'invitation_used'
  | 'last_admin'
  | 'last_owner'
  | 'malformed_json'
  | 'member_limit_reached'
  | 'method_not_allowed'
  | 'no_organization'
  | 'not_found'
  | 'payload_too_large'
  | 'stale_authorization'
  | 'throttled'
  | 'try_again'
  | 'unauthorized'
  | 'unknown_user'
  | 'unsupported_media_type'
  | 'validation_failed'
  | 'version_mismatch'
  | 'workspace_busy'
  | 'workspace_limit_reached';

/** One fault of a request body, by JSON pointer (`#/members/0/role`). */
export type Fault = { pointer: string; detail: string };

/**
 * A named outcome of the domain. `detail` is for people, `extra` holds the members that the code promises
 * (`copies`, `accounts`, `limit`, …) and is sent to the client as is.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; extra?: Record<string, unknown> } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.extra = options.extra ?? {};
  }
}

/** What the caller may not see does not exist: one body for a foreign id and for one that was never issued. */
export function notFound(): DomainError {
  return new DomainError('not_found', 'There is no such resource.');
}

/** The caller sees the resource but may not do this. */
export function forbidden(detail = 'Your role does not allow this.'): DomainError {
  return new DomainError('forbidden', detail);
}

/** 400 with every fault listed. */
export function invalid(...errors: Fault[]): DomainError {
  return new DomainError('validation_failed', 'The request has faults; see errors.', { extra: { errors } });
}
