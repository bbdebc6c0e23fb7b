import { randomUUID } from 'node:crypto';
import {
  type CryptoKey,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTVerifyGetKey,
  SignJWT,
} from 'jose';
import * as z from 'zod/mini';
import { readJson, unreadable, writeJson } from './files.ts';

/** The client that every local token is issued to; the authorizer wants it in `client_id`. */
export const clientId = 'local';

const lifetimeSeconds = 3_600;

/** Stands for the user pool: signs what it would sign, and publishes the key. */
export type Issuer = {
  url: string;
  jwks: { keys: JWK[] };
  /** Finds the key of a token, for verification. */
  keys: JWTVerifyGetKey;
  /** Signs an access token with these claims beside its own. */
  sign(claims: Claims): Promise<{ accessToken: string; expiresAt: string }>;
};

export type Claims = {
  sub: string;
  scope: string;
  email?: string | undefined;
  name?: string | undefined;
  org_id?: string | undefined;
};

/** RFC 7517; the private members pass through unread. */
const keyFile = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string(),
  n: z.string(),
  e: z.string(),
  d: z.string(),
});

const wayOut = 'delete it and a new one is made; tokens issued until now are then no longer valid';

/** Opens the issuer whose key is kept at `keyPath`, so that tokens outlive a restart; makes the key when it is missing. */
export async function openIssuer(url: string, keyPath: string): Promise<Issuer> {
  const stored = (await readJson(keyPath, wayOut)) ?? (await newKey(keyPath));
  const { jwk, key } = await privateKeyIn(stored).catch((cause: unknown) => {
    throw unreadable(keyPath, wayOut, cause);
  });
  const { kty, kid, n, e } = jwk;
  const jwks = { keys: [{ kty, kid, n, e, alg: 'RS256', use: 'sig' }] };
  return {
    url,
    jwks,
    keys: createLocalJWKSet(jwks),
    sign: (claims) => sign(claims, { url, kid, key }),
  };
}

async function privateKeyIn(stored: unknown) {
  const jwk = z.parse(keyFile, stored);
  return { jwk, key: await importJWK(jwk, 'RS256') };
}

async function newKey(keyPath: string): Promise<unknown> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID() };
  await writeJson(keyPath, jwk);
  return jwk;
}

async function sign(
  claims: Claims,
  { url, kid, key }: { url: string; kid: string; key: CryptoKey | Uint8Array },
): Promise<{ accessToken: string; expiresAt: string }> {
  const now = Math.floor(Date.now() / 1_000);
  const expires = now + lifetimeSeconds;
  const accessToken = await new SignJWT({ ...claims, client_id: clientId, token_use: 'access' })
    .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
    .setIssuer(url)
    .setIssuedAt(now)
    .setExpirationTime(expires)
    .setJti(randomUUID())
    .sign(key);
  return { accessToken, expiresAt: new Date(expires * 1_000).toISOString() };
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata */
export function discoveryDocument({ url }: Issuer): Record<string, unknown> {
  return {
    issuer: url,
    jwks_uri: `${url}/.well-known/jwks.json`,
    token_endpoint: `${url}/local/token`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
