import { describe, expect, test } from 'vitest';
import { idempotencyKey } from '../../../../functions/http/idempotencyKey.ts';
import type { Method } from '../../../../functions/http/route.ts';
import { aRequestTo, aRoute, runAfter, runBefore } from '../../../support/http.ts';

type Input = { query?: unknown; body?: unknown };

async function keyed(
  key: string | undefined,
  {
    method = 'POST' as Method,
    path = '/v1/things/t1',
    query,
    body,
  }: Input & { method?: Method; path?: string } = {},
) {
  const request = aRequestTo({
    method,
    path,
    route: aRoute({ method }),
    headers: key === undefined ? {} : { 'idempotency-key': key },
  });
  request.event.call.input = { params: {}, query, body, expectedVersion: undefined };
  await runBefore(idempotencyKey(), request);
  return request;
}

async function fingerprint(input: Input & { method?: Method; path?: string }) {
  return (await keyed('key-1', input)).event.call.ctx?.idempotency?.request;
}

describe('the key of a write', () => {
  test.each<Method>(['POST', 'PUT', 'PATCH', 'DELETE'])('is taken on %s', async (method) => {
    const { event } = await keyed('key-1', { method });

    expect(event.call.ctx?.idempotency).toMatchObject({ key: 'key-1', replayed: false });
  });

  test('is not looked at on GET', async () => {
    const { event } = await keyed('not allowed anyway', { method: 'GET' });

    expect(event.call.ctx?.idempotency).toBeUndefined();
  });

  test('may be left out', async () => {
    expect((await keyed(undefined)).event.call.ctx?.idempotency).toBeUndefined();
  });

  test.each(['!', '~', 'x'.repeat(255)])('may be %j: visible ASCII up to 255', async (key) => {
    expect((await keyed(key)).event.call.ctx?.idempotency?.key).toBe(key);
  });

  test.each(['', 'two words', 'tab\t', 'ümlaut', '\u007f', 'x'.repeat(256)])('may not be %j', async (key) => {
    await expect(keyed(key)).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('the fingerprint of what is asked', () => {
  const asked = { path: '/v1/things/t1', query: { limit: 1 }, body: { name: 'a' } };

  test('is the same for the same request', async () => {
    expect(await fingerprint(asked)).toBe(await fingerprint({ ...asked }));
  });

  test.each<[string, Input & { method?: Method; path?: string }]>([
    ['method', { ...asked, method: 'PUT' }],
    ['path', { ...asked, path: '/v1/things/t2' }],
    ['query', { ...asked, query: { limit: 2 } }],
    ['body', { ...asked, body: { name: 'b' } }],
  ])('is another one for another %s', async (_, other) => {
    expect(await fingerprint(other)).not.toBe(await fingerprint(asked));
  });

  test('does not hold what was asked', async () => {
    expect(await fingerprint({ body: { credentials: 'secret-1' } })).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('an answer', () => {
  test.each([
    [true, 'true'],
    [false, undefined],
  ])('that was replayed (%s) says so', async (replayed, header) => {
    const request = await keyed('key-1');
    const { idempotency } = request.event.call.ctx ?? {};
    if (idempotency) idempotency.replayed = replayed;

    const { headers } = await runAfter(idempotencyKey(), request, { status: 200, headers: { etag: '"1"' } });

    expect(headers?.['idempotency-replayed']).toBe(header);
    expect(headers?.etag).toBe('"1"');
  });
});
