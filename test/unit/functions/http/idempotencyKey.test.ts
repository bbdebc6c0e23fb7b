import { describe, expect, test } from 'vitest';
import type { Keyring } from '../../../../domain/secrets/keyring.ts';
import { idempotencyKey } from '../../../../functions/http/idempotencyKey.ts';
import type { Method } from '../../../../functions/http/route.ts';
import { aRequestTo, aRoute, runAfter, runBefore } from '../../../support/http.ts';

type Input = { query?: unknown; body?: unknown; ifMatch?: string };

const fail = () => Promise.reject(new Error('This key is for something else.'));

async function keyed(
  key: string | undefined,
  {
    method = 'POST' as Method,
    path = '/v1/things/t1',
    query,
    body,
    ifMatch,
  }: Input & { method?: Method; path?: string } = {},
  keys: Partial<Keyring> = {},
) {
  const request = aRequestTo({
    method,
    path,
    route: aRoute({ method }),
    headers: {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
  });
  const { ctx } = request.event.call;
  if (ctx) ctx.keys = { ...ctx.keys, ...keys };
  request.event.call.input = { params: {}, query, body, expectedVersion: undefined };
  await runBefore(idempotencyKey(), request);
  return request;
}

async function fingerprint(input: Input & { method?: Method; path?: string }, keys: Partial<Keyring> = {}) {
  return (await keyed('key-1', input, keys)).event.call.ctx?.idempotency?.request;
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

  test('of anyone at all is not looked at: nobody knows whose it is', async () => {
    const request = aRequestTo({
      route: aRoute({ access: 'anyone' }),
      headers: { 'idempotency-key': 'key-1' },
    });

    await runBefore(idempotencyKey(), request);

    expect(request.event.call.ctx?.idempotency).toBeUndefined();
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

  test('is another one for another If-Match, and with one where there was none', async () => {
    const all = [
      asked,
      { ...asked, ifMatch: '"1"' },
      { ...asked, ifMatch: '"2"' },
      { ...asked, ifMatch: '*' },
    ];

    const fingerprints = await Promise.all(all.map((one) => fingerprint(one)));

    expect(new Set(fingerprints).size).toBe(all.length);
    expect(await fingerprint({ ...asked, ifMatch: ' "1" ' })).toBe(fingerprints[1]);
  });

  test('is made under a key of its own: another invitations key, and the key of cursors, change nothing', async () => {
    const others = { invitationMac: fail, cursorKey: fail };

    expect(await fingerprint(asked, others)).toBe(await fingerprint(asked));
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
