import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../../infra/local/answer.ts';
import { jwtAuthorizer } from '../../../infra/local/authorizer.ts';
import { clientId, type Issuer, openIssuer } from '../../../infra/local/issuer.ts';
import { issuerEndpoints, type ResolveOrganization } from '../../../infra/local/token.ts';

const url = 'http://localhost:3000';
let directory: string;
let keyPath: string;
let issuer: Issuer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'issuer-'));
  keyPath = join(directory, 'issuer.json');
  issuer = await openIssuer(url, keyPath);
});
afterAll(() => rm(directory, { recursive: true }));

async function call(
  method: string,
  path: string,
  parts: { body?: string; type?: string; resolve?: ResolveOrganization } = {},
): Promise<Answer> {
  const { body = '', type = 'application/json', resolve = async () => undefined } = parts;
  const endpoint = issuerEndpoints(issuer, resolve).find((one) => one.method === method && one.path === path);
  if (!endpoint) throw new Error(`no ${method} ${path}`);
  const request = {
    method,
    target: path,
    protocol: 'HTTP/1.1',
    headers: { 'content-type': [type] },
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
  };
  return endpoint.answer(request, 'req-1');
}

const askFor = (login: unknown, resolve?: ResolveOrganization) =>
  call('POST', '/local/token', { body: JSON.stringify(login), ...(resolve && { resolve }) });

const read = (answer: Answer) => JSON.parse(answer.body.toString());

async function claimsIn(answer: Answer) {
  const jwks = read(await call('GET', '/.well-known/jwks.json'));
  return (await jwtVerify(read(answer).accessToken, createLocalJWKSet(jwks), { issuer: url })).payload;
}

describe('a token', () => {
  test('holds who was asked for, and the organization that the deployed code finds', async () => {
    const resolve = vi.fn<ResolveOrganization>(async () => 'org_1');

    const answer = await askFor({ sub: 'u', email: 'u@a.example', name: 'U', orgId: 'org_1' }, resolve);

    const claims = await claimsIn(answer);
    expect(answer.status).toBe(200);
    expect(claims).toEqual({
      iss: url,
      sub: 'u',
      client_id: clientId,
      token_use: 'access',
      scope: 'openid',
      email: 'u@a.example',
      name: 'U',
      org_id: 'org_1',
      iat: expect.any(Number),
      exp: (claims.iat ?? 0) + 3_600,
      jti: expect.any(String),
    });
    expect(new Date(read(answer).expiresAt).getTime()).toBe((claims.exp ?? 0) * 1_000);
    expect(resolve).toHaveBeenCalledExactlyOnceWith('u', 'org_1');
  });

  test('of somebody without an organization has no org_id', async () => {
    const claims = await claimsIn(await askFor({ sub: 'u', email: 'u@a.example' }));

    expect(claims).not.toHaveProperty('org_id');
  });

  test('of a machine needs no email and never has an organization', async () => {
    const answer = await askFor({ sub: 'm', scope: 'workspaces/support' }, async () => 'org_1');

    const claims = await claimsIn(answer);
    expect(claims).toMatchObject({ sub: 'm', scope: 'workspaces/support' });
    expect(claims).not.toHaveProperty('org_id');
    expect(claims).not.toHaveProperty('email');
  });

  test('passes the authorizer', async () => {
    const { accessToken } = read(await askFor({ sub: 'u', email: 'u@a.example' }));
    const authorize = jwtAuthorizer({ issuer: url, audience: clientId, keys: issuer.keys });

    const verdict = await authorize(`Bearer ${accessToken}`, {
      method: 'GET',
      path: '/',
      group: 'public',
      access: 'member',
    });

    expect(verdict).toHaveProperty('jwt');
  });

  test('stays valid over a restart: the key is kept, for its owner alone', async () => {
    const again = await openIssuer(url, keyPath);

    expect(again.jwks).toEqual(issuer.jwks);
    expect((await stat(keyPath)).mode & 0o777).toBe(0o600);
  });
});

describe('a request for a token is refused', () => {
  test.each([
    [{}, ['#/sub', '#/email']],
    [{ sub: 'u' }, ['#/email']],
    [{ sub: '', email: 'u@a.example' }, ['#/sub']],
    [{ sub: 'u', email: 'nobody' }, ['#/email']],
    [{ sub: 'u', email: 'u@a.example', admin: true, role: 'x' }, ['#/admin', '#/role']],
    [{ sub: 'u', email: 'u@a.example', orgId: 7, name: '' }, ['#/name', '#/orgId']],
    [[], ['#']],
    [null, ['#']],
  ])('with every fault of %j', async (login, pointers) => {
    const answer = await askFor(login);

    expect(answer.status).toBe(400);
    const { code, errors } = read(answer);
    expect(code).toBe('validation_failed');
    expect(errors.map((fault: { pointer: string }) => fault.pointer)).toEqual(
      expect.arrayContaining(pointers),
    );
    expect(errors).toHaveLength(pointers.length);
  });

  test('when it is not JSON, or does not say that it is', async () => {
    const broken = await call('POST', '/local/token', { body: '{' });
    const form = await call('POST', '/local/token', { body: '{}', type: 'text/plain' });

    expect(broken.status).toBe(400);
    expect(read(broken)).toMatchObject({ code: 'malformed_json', requestId: 'req-1' });
    expect(form.status).toBe(415);
  });
});

test('the published documents lead to the key and hold nothing private', async () => {
  const discovery = read(await call('GET', '/.well-known/openid-configuration'));
  const { keys } = read(await call('GET', '/.well-known/jwks.json'));

  expect(discovery).toMatchObject({ issuer: url, jwks_uri: `${url}/.well-known/jwks.json` });
  expect(Object.keys(keys[0]).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
});
