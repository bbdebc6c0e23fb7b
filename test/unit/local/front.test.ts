import { request as send } from 'node:http';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DomainError } from '../../../domain/errors.ts';
import { jsonAnswer } from '../../../infra/local/answer.ts';
import type { GatewayEvent } from '../../../infra/local/event.ts';
import { type FrontOptions, frontOf, type LocalEndpoint } from '../../../infra/local/front.ts';
import { FunctionTimeout } from '../../../infra/local/functions.ts';
import { type Listener, listen } from '../../../infra/local/listener.ts';

let listener: Listener | undefined;
afterEach(() => listener?.stop());

const refused = {
  refused: { code: 'unauthorized', detail: 'No.', headers: { 'www-authenticate': 'Bearer' } },
} as const;

/** A front with two routes and one local endpoint; functions answer with the event that they got. */
async function aFront(options: Partial<FrontOptions> = {}) {
  const invoke = vi.fn<FrontOptions['invoke']>(async (group, event) => ({ group, event }));
  listener = await listen(0);
  listener.serve(
    frontOf({
      routes: [
        { method: 'GET', path: '/open', group: 'public', access: 'anyone' },
        { method: 'POST', path: '/closed/{id}', group: 'workspaces', access: 'member' },
      ],
      invoke,
      authorize: async (header) =>
        header === 'Bearer good' ? { jwt: { claims: { sub: 'u' }, scopes: null } } : refused,
      endpoints: [
        { method: 'POST', path: '/local/x', answer: async (_, id) => jsonAnswer({ local: true }, id) },
      ],
      log: () => undefined,
      ...options,
    }),
  );
  return { url: listener.url, invoke };
}

type Echo = { group: string; event: GatewayEvent };
// The fake function answers so.
const echoed = async (answer: Response) => (await answer.json()) as Echo;

describe('a request', () => {
  test('reaches the function of its route with the claims of its token', async () => {
    const { url } = await aFront();

    const answer = await fetch(`${url}/closed/a%20b`, {
      method: 'POST',
      headers: { authorization: 'Bearer good', 'content-type': 'application/json' },
      body: '{"n":1}',
    });

    const { group, event } = await echoed(answer);
    expect(group).toBe('workspaces');
    expect(event).toMatchObject({
      routeKey: 'POST /closed/{id}',
      pathParameters: { id: 'a b' },
      body: '{"n":1}',
    });
    expect(event.requestContext.authorizer?.jwt.claims).toEqual({ sub: 'u' });
  });

  test('without a good token gets 401 as problem details, and no function runs', async () => {
    const { url, invoke } = await aFront();

    const answer = await fetch(`${url}/closed/a`, {
      method: 'POST',
      headers: { authorization: 'Bearer bad' },
    });

    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(await answer.json()).toEqual({
      type: 'urn:problem:unauthorized',
      title: 'Unauthorized',
      status: 401,
      detail: 'No.',
      code: 'unauthorized',
      requestId: answer.headers.get('x-request-id'),
    });
    expect(invoke).not.toHaveBeenCalled();
  });

  test.each([
    ['an open route', 'GET', '/open', 'GET /open'],
    ['an unknown path', 'GET', '/nowhere', '$default'],
    ['an unknown method of a closed route', 'DELETE', '/closed/a', '$default'],
  ])('for %s needs no token and reaches the public function', async (_, method, path, routeKey) => {
    const { url } = await aFront();

    const { group, event } = await echoed(await fetch(`${url}${path}`, { method }));

    expect(group).toBe('public');
    expect(event.routeKey).toBe(routeKey);
    expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  test('of more than 10 MB gets 413, and no function runs', async () => {
    const { url, invoke } = await aFront();
    const send = (bytes: number) =>
      fetch(`${url}/open-to-post`, { method: 'POST', body: Buffer.alloc(bytes) });

    const [within, above] = await Promise.all([send(10 * 1024 * 1024), send(10 * 1024 * 1024 + 1)]);

    expect(within.status).toBe(200);
    expect(above.status).toBe(413);
    expect(await above.json()).toMatchObject({ code: 'payload_too_large' });
    expect(invoke).toHaveBeenCalledOnce();
  });

  test('that is called with repeated headers has them joined by a comma', async () => {
    const { url } = await aFront();

    const body = await new Promise<string>((resolve, reject) => {
      send(`${url}/open`, { headers: { 'X-Many': ['a', 'b'] } }, (answer) => {
        answer.setEncoding('utf8').once('data', resolve);
      })
        .once('error', reject)
        .end();
    });

    expect(JSON.parse(body).event.headers['x-many']).toBe('a,b');
  });
});

describe('an answer', () => {
  test('carries status, headers, cookies and decoded base64 of the function', async () => {
    const { url } = await aFront({
      invoke: async () => ({
        statusCode: 202,
        headers: { 'X-Thing': 'y' },
        cookies: ['a=1', 'b=2'],
        body: Buffer.from([0, 255]).toString('base64'),
        isBase64Encoded: true,
      }),
    });

    const answer = await fetch(`${url}/open`);

    expect(answer.status).toBe(202);
    expect(answer.headers.get('x-thing')).toBe('y');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255]);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('secret reason')), 500, 'internal_error'],
    ['takes too long', () => Promise.reject(new FunctionTimeout('slow')), 503, 'try_again'],
    ['answers nonsense', () => Promise.resolve({ statusCode: 'x' }), 500, 'internal_error'],
  ])(
    'of a function that %s is a problem with a request id and no reason',
    async (_, invoke, status, code) => {
      const log = vi.fn();
      const { url } = await aFront({ invoke, log });

      const answer = await fetch(`${url}/open`);
      const text = await answer.text();

      expect(answer.status).toBe(status);
      expect(JSON.parse(text)).toMatchObject({ status, code });
      expect(JSON.parse(text).requestId).toBe(answer.headers.get('x-request-id'));
      expect(text).not.toContain('secret');
      expect(log).toHaveBeenCalledOnce();
    },
  );
});

describe('a local endpoint', () => {
  test('answers beside the routes, and says 405 to another method', async () => {
    const { url, invoke } = await aFront();

    const [right, wrong] = await Promise.all([
      fetch(`${url}/local/x?a=b`, { method: 'POST' }),
      fetch(`${url}/local/x`),
    ]);

    expect(await right.json()).toEqual({ local: true });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await wrong.json()).toMatchObject({ code: 'method_not_allowed' });
    expect(invoke).not.toHaveBeenCalled();
  });
});

describe('a page in a browser', () => {
  const preflight = (url: string, origin: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,if-match',
      },
    });

  test('of any origin may call the API, with a token, and reads the headers that the API promises', async () => {
    const { url, invoke } = await aFront();

    const asked = await preflight(`${url}/closed/a`, 'https://app.example');
    const answered = await fetch(`${url}/open`, { headers: { origin: 'https://app.example' } });

    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe('*');
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization,if-match');
    expect(asked.headers.get('access-control-allow-methods')).toContain('DELETE');
    expect(answered.headers.get('access-control-allow-origin')).toBe('*');
    for (const name of ['etag', 'location', 'retry-after', 'x-request-id', 'idempotency-replayed']) {
      expect(answered.headers.get('access-control-expose-headers')).toContain(name);
    }
    expect(invoke).toHaveBeenCalledOnce();
  });

  test('of the stack itself may ask for tokens and mails, by either of its names', async () => {
    const { url } = await aFront();
    const origin = url.replace('localhost', '127.0.0.1');

    const asked = await preflight(`${url}/local/x`, origin);
    const answered = await fetch(`${url}/local/x`, { method: 'POST', headers: { origin } });

    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answered.status).toBe(200);
    expect(answered.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answered.headers.get('vary')).toBe('origin');
  });

  test.each(['https://evil.example', 'http://localhost:5173', 'http://localhost', 'null'])(
    'of the origin %s is refused tokens and mails, and may call the API',
    async (origin) => {
      const answer = vi.fn<LocalEndpoint['answer']>(async (_, id) => jsonAnswer({ local: true }, id));
      const { url } = await aFront({ endpoints: [{ method: 'POST', path: '/local/x', answer }] });

      const asked = await preflight(`${url}/local/x`, origin);
      const refusedAnswer = await fetch(`${url}/local/x`, { method: 'POST', headers: { origin } });
      const served = await fetch(`${url}/open`, { headers: { origin } });

      expect([asked.status, refusedAnswer.status, served.status]).toEqual([403, 403, 200]);
      expect(asked.headers.has('access-control-allow-origin')).toBe(false);
      expect(refusedAnswer.headers.has('access-control-allow-origin')).toBe(false);
      expect(await refusedAnswer.json()).toMatchObject({ status: 403, code: 'forbidden' });
      expect(answer).not.toHaveBeenCalled();
    },
  );

  test('of a host that a setting allows may ask for tokens and mails', async () => {
    const { url } = await aFront({ otherHosts: ['localhost:5173'] });

    const answer = await fetch(`${url}/local/x`, {
      method: 'POST',
      headers: { origin: 'http://localhost:5173' },
    });

    expect(answer.status).toBe(200);
  });

  test('sees refusals too: they carry the same permission', async () => {
    const { url } = await aFront();

    const answer = await fetch(`${url}/closed/a`, {
      method: 'POST',
      headers: { origin: 'https://app.example' },
    });

    expect(answer.status).toBe(401);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('a request whose Host is', () => {
  const to = (url: string, path: string, host: string, method = 'GET') =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      send(`${url}${path}`, { method, headers: { host } }, async (answer) => {
        let body = '';
        for await (const chunk of answer) body += String(chunk);
        resolve({ status: answer.statusCode, body });
      })
        .once('error', reject)
        .end();
    });

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('%s with its port is served', async (name) => {
    const { url } = await aFront();

    const { status } = await to(url, '/open', `${name}:${new URL(url).port}`);

    expect(status).toBe(200);
  });

  test.each([
    'rebound.example',
    'rebound.example:PORT',
    'localhost',
    'localhost:1',
    'localhost.evil.example:PORT',
  ])('%s is refused on every path, and no function runs', async (name) => {
    const { url, invoke } = await aFront();
    const host = name.replace('PORT', new URL(url).port);

    const answers = await Promise.all([
      to(url, '/open', host),
      to(url, '/nowhere', host),
      to(url, '/closed/a', host, 'POST'),
      to(url, '/local/x', host, 'POST'),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    for (const { body } of answers)
      expect(JSON.parse(body)).toMatchObject({
        code: 'forbidden',
        detail: expect.stringContaining('ALLOWED_HOSTS'),
      });
    expect(invoke).not.toHaveBeenCalled();
  });

  test('one that a setting allows is served, at the own port or the one it names', async () => {
    const { url } = await aFront({ otherHosts: ['stack.test', 'proxy.test:8443'] });

    const answers = await Promise.all([
      to(url, '/open', `stack.test:${new URL(url).port}`),
      to(url, '/open', 'proxy.test:8443'),
      to(url, '/open', 'stack.test:1'),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 403]);
  });
});

test('a local endpoint that the storage does not answer says 503 and when to come again', async () => {
  const answer = async () => {
    throw new DomainError('try_again', 'The storage did not answer.');
  };
  const { url } = await aFront({ endpoints: [{ method: 'POST', path: '/local/x', answer }] });

  const answered = await fetch(`${url}/local/x`, { method: 'POST' });

  expect(answered.status).toBe(503);
  expect(answered.headers.has('retry-after')).toBe(true);
  expect(await answered.json()).toMatchObject({ code: 'try_again' });
});
