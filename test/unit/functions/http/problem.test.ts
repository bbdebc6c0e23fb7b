import { describe, expect, expectTypeOf, test } from 'vitest';
import { DomainError, type ErrorCode, invalid } from '../../../../domain/errors.ts';
import { asDomainError, problemHeaders, problemOf, problems } from '../../../../functions/http/problem.ts';

test('every code has its status and title, and nothing else has', () => {
  expectTypeOf<keyof typeof problems>().toEqualTypeOf<ErrorCode>();
  for (const { status, title } of Object.values(problems)) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title).toMatch(/^[A-Z]/);
  }
});

// The codes and statuses that api.md promises; a change here is a change of the contract.
test.each<[ErrorCode, number]>([
  ['account_not_available', 400],
  ['accounts_would_be_lost', 409],
  ['already_connected', 409],
  ['business_account_mismatch', 409],
  ['connection_has_copies', 409],
  ['connection_limit_reached', 409],
  ['forbidden', 403],
  ['idempotency_key_reused', 422],
  ['invalid_cursor', 400],
  ['invitation_expired', 410],
  ['invitation_for_someone_else', 403],
  ['invitation_limit_reached', 409],
  ['invitation_replaced', 410],
  ['invitation_used', 409],
  ['last_admin', 409],
  ['last_owner', 409],
  ['malformed_json', 400],
  ['member_limit_reached', 409],
  ['method_not_allowed', 405],
  ['no_organization', 403],
  ['not_found', 404],
  ['payload_too_large', 413],
  ['stale_authorization', 409],
  ['throttled', 429],
  ['try_again', 503],
  ['unauthorized', 401],
  ['unknown_user', 400],
  ['unsupported_media_type', 415],
  ['validation_failed', 400],
  ['version_mismatch', 412],
  ['workspace_busy', 409],
  ['workspace_limit_reached', 409],
])('%s is answered with %i', (code, status) => {
  expect(problems[code].status).toBe(status);
});

test('a problem has all members of RFC 9457 and what its code promises', () => {
  const copies = { total: 1, hidden: 0, items: [] };
  const error = new DomainError('connection_has_copies', 'It has copies.', { extra: { copies } });

  expect(problemOf(error, 'request-1')).toEqual({
    type: 'urn:problem:connection_has_copies',
    title: 'Connection has copies',
    status: 409,
    detail: 'It has copies.',
    code: 'connection_has_copies',
    requestId: 'request-1',
    copies,
  });
});

test('what an error brings along never replaces the members of a problem', () => {
  const extra = { status: 200, code: 'fine', title: 'x', type: 'x', detail: 'x', requestId: 'x' };

  const problem = problemOf(new DomainError('not_found', 'gone', { extra }), 'request-1');

  expect(problem).toMatchObject({ status: 404, code: 'not_found', requestId: 'request-1', detail: 'gone' });
});

describe('the faults of a problem', () => {
  const faults = (count: number, fault: (n: number) => { pointer: string; detail: string }) =>
    problemOf(invalid(...Array.from({ length: count }, (_, n) => fault(n))), 'request-1');

  test('are listed up to 100, the first ones, and counted all', () => {
    const some = faults(100, (n) => ({ pointer: `#/${n}`, detail: 'wrong' }));
    const many = faults(101, (n) => ({ pointer: `#/${n}`, detail: 'wrong' }));

    expect([some.errors, some.errorCount]).toEqual([many.errors, 100]);
    expect(some.errors).toHaveLength(100);
    expect(many.errorCount).toBe(101);
  });

  test('stay short, however long the names in them are', () => {
    const name = '\u0000😀'.repeat(1_000_000);

    const problem = faults(100, () => ({ pointer: `#/${name}`, detail: `There is no ${name}.` }));

    expect(JSON.stringify(problem).length).toBeLessThan(500_000);
    expect(JSON.stringify(problem).isWellFormed()).toBe(true);
    expect(problem.errors).toContainEqual({
      pointer: expect.stringMatching(/^#\/.*…$/s),
      detail: expect.stringMatching(/^There is no .*…$/s),
    });
  });

  test('are none where the error has none', () => {
    expect(problemOf(new DomainError('not_found', 'gone'), 'request-1')).not.toHaveProperty('errorCount');
  });
});

describe('an error that nobody foresaw', () => {
  test('is answered with a fixed text and keeps its cause for the log', () => {
    const bug = new TypeError('password is hunter2');

    const error = asDomainError(bug);

    expect(error).toMatchObject({ code: 'internal_error', cause: bug });
    expect(JSON.stringify(problemOf(error, 'request-1'))).not.toContain('hunter2');
  });

  test('is none when the domain named it', () => {
    const error = new DomainError('forbidden', 'no');

    expect(asDomainError(error)).toBe(error);
  });
});

describe('headers of a problem', () => {
  const headersOf = (code: ErrorCode, extra = {}) => problemHeaders(new DomainError(code, '', { extra }));

  test.each<ErrorCode>(['throttled', 'try_again', 'workspace_busy'])('%s says when to come again', (code) => {
    expect(Number(headersOf(code)['retry-after'])).toBeGreaterThan(0);
  });

  test('the seconds that an error knows are those that are said', () => {
    expect(headersOf('throttled', { retryAfterSeconds: 42 })['retry-after']).toBe('42');
  });

  test('version_mismatch has the present ETag', () => {
    expect(headersOf('version_mismatch', { currentVersion: 7 }).etag).toBe('"7"');
  });

  test('version_mismatch where there is nothing yet has no ETag', () => {
    expect(headersOf('version_mismatch')).not.toHaveProperty('etag');
  });

  test('method_not_allowed names the methods that are', () => {
    expect(headersOf('method_not_allowed', { allow: 'GET, POST' }).allow).toBe('GET, POST');
  });

  test('unauthorized names the scheme', () => {
    expect(headersOf('unauthorized')['www-authenticate']).toBe('Bearer');
  });

  test('of others is the content type alone', () => {
    expect(headersOf('not_found')).toEqual({ 'content-type': 'application/problem+json' });
  });
});
