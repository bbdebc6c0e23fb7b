import { timingSafeEqual } from 'node:crypto';
import { InvitationId, OrgId } from '../ids.ts';
import type { Sealing } from '../secrets/envelope.ts';
import type { Invitation } from './invitation.item.ts';

const nonceBytes = 16;
const macBytes = 32;

/** Where a token says that its invitation is, and what it shows for it. */
export type Token = {
  orgId: OrgId;
  invitationId: InvitationId;
  /** Missing in links from before tokens had it: those are for the present nonce alone. */
  nonce: string | undefined;
  mac: Uint8Array;
};

/**
 * What opens an invitation: its place, its present nonce, and an HMAC over both under a key that the table does not hold.
 * Nothing that is stored opens an invitation, and a link that was replaced still proves that it was one.
 */
export async function invitationToken(ctx: Sealing, invitation: Invitation): Promise<string> {
  const { orgId, invitationId, nonce } = invitation;
  const secret = Buffer.concat([Buffer.from(nonce, 'base64url'), await macOf(ctx, invitation)]);
  return `${orgId}.${invitationId}.${secret.toString('base64url')}`;
}

/** Reads a token; `undefined` when it is none at all. */
export function parseToken(token: string): Token | undefined {
  const [org, invitation, secret = '', ...rest] = token.split('.');
  const orgId = OrgId.safeParse(org);
  const invitationId = InvitationId.safeParse(invitation);
  const bytes = Buffer.from(secret, 'base64url');
  // One spelling of each token: the decoder would pass over what it does not know.
  if (!orgId.success || !invitationId.success || rest.length > 0 || bytes.toString('base64url') !== secret)
    return undefined;
  const place = { orgId: orgId.data, invitationId: invitationId.data };
  if (bytes.length === macBytes) return { ...place, nonce: undefined, mac: bytes };
  if (bytes.length !== nonceBytes + macBytes) return undefined;
  const nonce = bytes.subarray(0, nonceBytes).toString('base64url');
  return { ...place, nonce, mac: bytes.subarray(nonceBytes) };
}

/** What a token is of an invitation: its present link, one that a newer link replaced, or made up (`undefined`). */
export async function linkOf(
  ctx: Sealing,
  token: Token,
  { nonce }: Invitation,
): Promise<'present' | 'replaced' | undefined> {
  const expected = await macOf(ctx, { ...token, nonce: token.nonce ?? nonce });
  if (!timingSafeEqual(token.mac, expected)) return undefined;
  return token.nonce === undefined || token.nonce === nonce ? 'present' : 'replaced';
}

type Place = Pick<Invitation, 'orgId' | 'invitationId' | 'nonce'>;

function macOf(ctx: Sealing, { orgId, invitationId, nonce }: Place): Promise<Uint8Array> {
  return ctx.keys.invitationMac(ctx, ['invitation', orgId, invitationId, nonce].join('\n'));
}
