import { expect, test } from 'vitest';
import { type HttpRequest, toEvent } from '../../../infra/local/event.ts';
import type { Match } from '../../../infra/local/routing.ts';

function aRequest(parts: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    target: '/v1/things/a%20b?tag=x&q=1+2&tag=%C3%A9',
    protocol: 'HTTP/1.1',
    headers: { host: ['localhost:3000'] },
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    ...parts,
  };
}

const match: Match = {
  route: { method: 'POST', path: '/v1/things/{id}', group: 'workspaces', access: 'member' },
  routeKey: 'POST /v1/things/{id}',
  pathParameters: { id: 'a b' },
};
const facts = { requestId: 'req-1', at: new Date('2026-03-12T19:03:58.123Z') };

test('an event holds what an HTTP API sends in format 2.0', () => {
  const event = toEvent(
    aRequest({
      headers: {
        host: ['localhost:3000'],
        'content-type': ['application/json'],
        'user-agent': ['tests'],
        'x-many': ['a', 'b'],
        cookie: ['one=1; two=2', 'three=3'],
      },
      body: Buffer.from('{"é":1}'),
    }),
    match,
    { ...facts, jwt: { claims: { sub: 'u' }, scopes: null } },
  );

  expect(event).toEqual({
    version: '2.0',
    routeKey: 'POST /v1/things/{id}',
    rawPath: '/v1/things/a%20b',
    rawQueryString: 'tag=x&q=1+2&tag=%C3%A9',
    cookies: ['one=1', 'two=2', 'three=3'],
    headers: {
      host: 'localhost:3000',
      'content-type': 'application/json',
      'user-agent': 'tests',
      'x-many': 'a,b',
    },
    queryStringParameters: { tag: 'x,é', q: '1 2' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      authorizer: { jwt: { claims: { sub: 'u' }, scopes: null } },
      domainName: 'localhost:3000',
      domainPrefix: 'localhost:3000',
      http: {
        method: 'POST',
        path: '/v1/things/a%20b',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'tests',
      },
      requestId: 'req-1',
      routeKey: 'POST /v1/things/{id}',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: 1773342238123,
    },
    pathParameters: { id: 'a b' },
    body: '{"é":1}',
    isBase64Encoded: false,
  });
});

test('what a request does not have is absent, not empty', () => {
  const event = toEvent(
    aRequest({ target: '/' }),
    { route: undefined, routeKey: '$default', pathParameters: {} },
    facts,
  );

  expect(Object.keys(event)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/cookies|queryStringParameters|pathParameters|body$/)]),
  );
  expect(event.requestContext).not.toHaveProperty('authorizer');
  expect(event).toMatchObject({ rawPath: '/', rawQueryString: '', routeKey: '$default' });
});

test.each([
  ['application/json', Buffer.from('{}'), false],
  ['application/merge-patch+json; charset=utf-8', Buffer.from('{}'), false],
  ['text/plain', Buffer.from('hé'), false],
  ['application/json', Buffer.from([0x22, 0xff, 0x22]), true],
  ['application/octet-stream', Buffer.from('abc'), true],
  ['application/x-www-form-urlencoded', Buffer.from('a=b'), true],
  [undefined, Buffer.from('abc'), false],
  [undefined, Buffer.from([0xff, 0xfe]), true],
])('a body of type %s (case %#) loses no byte', (type, body, isBase64Encoded) => {
  const event = toEvent(aRequest({ body, headers: type ? { 'content-type': [type] } : {} }), match, facts);

  expect(event.isBase64Encoded).toBe(isBase64Encoded);
  expect(Buffer.from(event.body ?? '', isBase64Encoded ? 'base64' : 'utf8')).toEqual(body);
});
