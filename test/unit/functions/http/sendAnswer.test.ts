import { describe, expect, test } from 'vitest';
import { DomainError } from '../../../../domain/errors.ts';
import { sendAnswer } from '../../../../functions/http/sendAnswer.ts';
import { aRequestTo, runAfter, runOnError } from '../../../support/http.ts';

const step = sendAnswer();

describe('an answer', () => {
  test('is JSON with the request id, private to the caller, and its version as ETag', async () => {
    const result = await runAfter(step, aRequestTo(), {
      status: 201,
      body: { version: 3, name: 'a' },
      headers: { location: '/v1/things/t1' },
    });

    expect(result).toEqual({
      statusCode: 201,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'private, no-cache',
        'x-request-id': 'request-1',
        etag: '"3"',
        location: '/v1/things/t1',
      },
      body: '{"version":3,"name":"a"}',
    });
  });

  test('without a version has no ETag', async () => {
    const { headers } = await runAfter(step, aRequestTo(), {
      status: 200,
      body: { items: [], nextCursor: null },
    });

    expect(headers).not.toHaveProperty('etag');
  });

  test('without a body has none, and no type', async () => {
    const result = await runAfter(step, aRequestTo(), { status: 204 });

    expect(result).not.toHaveProperty('body');
    expect(result.headers).not.toHaveProperty('content-type');
  });
});

describe('what the caller has already', () => {
  const answer = { status: 200 as const, body: { version: 3 } };

  test.each(['"3"', 'W/"3"', '*', '"2"'])(
    'is sent again with If-None-Match %s: roles and other workspaces show in an answer and not in its version',
    async (tag) => {
      const request = aRequestTo({ method: 'GET', headers: { 'if-none-match': tag } });

      const result = await runAfter(step, request, answer);

      expect(result).toMatchObject({ statusCode: 200, headers: { etag: '"3"' } });
    },
  );
});

describe('an error', () => {
  test('is a problem that nobody caches, with the request id', async () => {
    const result = await runOnError(
      step,
      aRequestTo(),
      new DomainError('not_found', 'There is no such thing.'),
    );

    expect(result).toMatchObject({
      statusCode: 404,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'x-request-id': 'request-1',
      },
    });
    expect(JSON.parse(result.body ?? '')).toMatchObject({ code: 'not_found', requestId: 'request-1' });
  });

  test('that nobody foresaw is a 500 that tells nothing', async () => {
    const result = await runOnError(step, aRequestTo(), new TypeError('password is hunter2'));

    expect(result.statusCode).toBe(500);
    expect(result.body).not.toContain('hunter2');
  });
});
