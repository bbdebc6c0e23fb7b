import { createLocalJWKSet, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Authorizer, jwtAuthorizer } from '../../../infra/local/authorizer.ts';
import type { GatewayRoute } from '../../../infra/local/routing.ts';
import { aSigner } from './tokens.ts';

const issuer = 'http://localhost:3000';
const route: GatewayRoute = { method: 'GET', path: '/v1/x', group: 'workspaces', access: 'member' };
const supportRoute: GatewayRoute = { ...route, access: 'support', scope: 'workspaces/support' };

let signer: Awaited<ReturnType<typeof aSigner>>;
let stranger: Awaited<ReturnType<typeof aSigner>>;
let authorize: Authorizer;

beforeAll(async () => {
  [signer, stranger] = await Promise.all([aSigner(issuer), aSigner(issuer)]);
  authorize = jwtAuthorizer({ issuer, audience: 'local', keys: createLocalJWKSet(signer.jwks) });
});

const unauthorized = {
  refused: { code: 'unauthorized', headers: { 'www-authenticate': expect.stringMatching(/^Bearer/) } },
};

describe('lets through', () => {
  test('a token of the issuer, its claims as strings', async () => {
    const token = await signer.sign({ groups: ['a', 'b'], email_verified: true });

    const verdict = await authorize(`Bearer ${token}`, route);

    expect(verdict).toEqual({
      jwt: {
        claims: {
          iss: issuer,
          sub: 'u1',
          client_id: 'local',
          token_use: 'access',
          iat: String(signer.now),
          exp: String(signer.now + 60),
          groups: '[a b]',
          email_verified: 'true',
        },
        scopes: null,
      },
    });
  });

  test('the audience in aud as well as in client_id', async () => {
    const token = await signer.sign({ aud: ['other', 'local'], client_id: 'whoever' });

    expect(await authorize(`bearer ${token}`, route)).toHaveProperty('jwt');
  });

  test('the scope of the route among others', async () => {
    const token = await signer.sign({ scope: 'openid workspaces/support' });

    const verdict = await authorize(`Bearer ${token}`, supportRoute);

    expect(verdict).toMatchObject({ jwt: { scopes: ['workspaces/support'] } });
  });
});

describe('answers 401 to', () => {
  test.each([
    ['no header', undefined],
    ['an empty header', ''],
    ['another scheme', 'Basic dTpw'],
    ['a scheme without a token', 'Bearer '],
    ['garbage', 'Bearer not.a.token'],
    ['something that is no JWT at all', 'Bearer x'],
    ['two tokens', 'Bearer a b'],
  ])('%s', async (_, header) => {
    expect(await authorize(header, route)).toMatchObject(unauthorized);
  });

  test('a bare token without its scheme', async () => {
    expect(await authorize(await signer.sign(), route)).toMatchObject(unauthorized);
  });

  test('a token signed with another key', async () => {
    expect(await authorize(`Bearer ${await stranger.sign()}`, route)).toMatchObject(unauthorized);
  });

  test('a token whose claims were changed after it was signed', async () => {
    const [head, , signature] = (await signer.sign()).split('.');
    const [, claims] = (await stranger.sign({ sub: 'somebody-else' })).split('.');

    expect(await authorize(`Bearer ${head}.${claims}.${signature}`, route)).toMatchObject(unauthorized);
  });

  test('an unsigned token', async () => {
    const token = new UnsecuredJWT({ client_id: 'local', token_use: 'access', sub: 'u1' })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime('1h')
      .encode();

    expect(await authorize(`Bearer ${token}`, route)).toMatchObject(unauthorized);
  });

  test('a token under the right key by another algorithm', async () => {
    const token = await signer.sign({}, 'PS256');

    expect(await authorize(`Bearer ${token}`, route)).toMatchObject(unauthorized);
  });

  test('a token signed with the public key as a shared secret', async () => {
    const secret = new TextEncoder().encode(signer.jwks.keys[0]?.n);
    const token = await new SignJWT({ client_id: 'local', token_use: 'access', sub: 'u1' })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(secret);

    expect(await authorize(`Bearer ${token}`, route)).toMatchObject(unauthorized);
  });

  const claims: [string, (now: number) => Record<string, unknown>][] = [
    ['an expired token', (now) => ({ exp: now - 1 })],
    ['a token that never expires', () => ({ exp: undefined })],
    ['a token that is not valid yet', (now) => ({ nbf: now + 60 })],
    ['a token that is issued in the future', (now) => ({ iat: now + 60 })],
    ['another issuer', () => ({ iss: 'http://localhost:3001' })],
    ['another audience', () => ({ aud: 'other' })],
    ['another client', () => ({ client_id: 'other' })],
    ['an id token', () => ({ token_use: 'id', aud: 'local' })],
    ['a token of nobody', () => ({ sub: undefined })],
  ];
  test.each(claims)('%s', async (_, changed) => {
    const token = await signer.sign(changed(signer.now));

    expect(await authorize(`Bearer ${token}`, route)).toMatchObject(unauthorized);
  });
});

describe('answers 403 to', () => {
  test.each([undefined, '', 'workspaces/supporter', 'xworkspaces/support', 'workspaces/credentials.read'])(
    'the scope %j on a route for support',
    async (scope) => {
      const token = await signer.sign({ scope });

      const verdict = await authorize(`Bearer ${token}`, supportRoute);

      expect(verdict).toMatchObject({ refused: { code: 'forbidden' } });
    },
  );
});
