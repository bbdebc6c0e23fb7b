import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose';

/** A key pair and the tokens that it signs; what a test leaves out is as the issuer makes it. */
export async function aSigner(issuer: string) {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
  const now = Math.floor(Date.now() / 1_000);
  const sign = async (claims: Record<string, unknown> = {}, alg = 'RS256') =>
    new SignJWT({
      iss: issuer,
      sub: 'u1',
      client_id: 'local',
      token_use: 'access',
      iat: now,
      exp: now + 60,
      ...claims,
    })
      .setProtectedHeader({ alg, kid: 'k1' })
      .sign(await importJWK(jwk, alg));
  return { jwks, now, sign };
}
