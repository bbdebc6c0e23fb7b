import type { APIGatewayEventRequestContextJWTAuthorizer } from 'aws-lambda';
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import type { Refusal } from './answer.ts';
import type { GatewayRoute } from './routing.ts';

export type Jwt = APIGatewayEventRequestContextJWTAuthorizer['jwt'];

/** Lets a request through with its claims, or says why not. */
export type Authorizer = (
  authorization: string | undefined,
  route: GatewayRoute,
) => Promise<{ jwt: Jwt } | { refused: Refusal }>;

/**
 * Checks tokens as API Gateway's JWT authorizer does: RS256 under a key of the issuer, `iss`, `aud` or in its absence
 * `client_id`, `exp`, `nbf` and `iat` against the present second (it documents no leeway, so there is none), and the
 * scope of the route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * Stricter in one point: `token_use` must be `access`, so that an id token opens nothing.
 */
export function jwtAuthorizer(trusted: {
  issuer: string;
  audience: string;
  keys: JWTVerifyGetKey;
}): Authorizer {
  return async (authorization, route) => {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return { refused: missing };
    const checked = await check(token, trusted);
    if ('refused' in checked) return checked;
    if (route.scope !== undefined && !scopesOf(checked.claims).includes(route.scope)) {
      return { refused: outOfScope(route.scope) };
    }
    return { jwt: { claims: asStrings(checked.claims), scopes: route.scope ? [route.scope] : null } };
  };
}

async function check(
  token: string,
  { issuer, audience, keys }: Parameters<typeof jwtAuthorizer>[0],
): Promise<{ claims: JWTPayload } | { refused: Refusal }> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat', 'sub'],
    });
    const audiences = [payload.aud ?? payload.client_id].flat();
    if (Number(payload.iat) > Math.floor(Date.now() / 1_000)) return { refused: notYet };
    if (!audiences.includes(audience) || payload.token_use !== 'access') return { refused: invalid };
    return { claims: payload };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return { refused: expired };
    if (error instanceof errors.JOSEError) return { refused: invalid };
    throw error;
  }
}

function scopesOf(claims: JWTPayload): string[] {
  return typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
}

/** Every claim reaches the function as a string, an array as `[a b]`: so the JWT authorizer passes them on. */
function asStrings(claims: JWTPayload): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, asString(value)]));
}

function asString(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asString).join(' ')}]`;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

/** `challenge` tells the client what to do about it: https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function unauthorized(detail: string, challenge: string): Refusal {
  return { code: 'unauthorized', detail, headers: { 'www-authenticate': challenge } };
}

const missing = unauthorized('An access token is required: "Authorization: Bearer <token>".', 'Bearer');
const expired = unauthorized('The access token has expired.', 'Bearer error="invalid_token"');
const notYet = unauthorized(
  'The access token was issued in the future: a clock is wrong.',
  'Bearer error="invalid_token"',
);
const invalid = unauthorized('The access token is not valid here.', 'Bearer error="invalid_token"');

function outOfScope(scope: string): Refusal {
  return {
    code: 'forbidden',
    detail: `The access token lacks the scope ${scope}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  };
}
