import { timingSafeEqual } from 'node:crypto';
import { InvitationId, OrgId } from '../ids.ts';
import type { Sealing } from '../secrets/envelope.ts';
import type { Invitation } from './invitation.item.ts';

/**
 * What opens an invitation: its place and an HMAC over its id and present nonce, under a key that the table does not
 * hold. Nothing that is stored opens an invitation.
 */
export async function invitationToken(ctx: Sealing, invitation: Invitation): Promise<string> {
  const { orgId, invitationId } = invitation;
  return `${orgId}.${invitationId}.${Buffer.from(await macOf(ctx, invitation)).toString('base64url')}`;
}

/** Where a token says that its invitation is; `undefined` when it is not a token at all. */
export function placeOf(
  token: string,
): { orgId: OrgId; invitationId: InvitationId; mac: Uint8Array } | undefined {
  const [org, invitation, mac, ...rest] = token.split('.');
  const orgId = OrgId.safeParse(org);
  const invitationId = InvitationId.safeParse(invitation);
  if (!orgId.success || !invitationId.success || !mac || rest.length > 0) return undefined;
  return { orgId: orgId.data, invitationId: invitationId.data, mac: Buffer.from(mac, 'base64url') };
}

/** Whether the MAC is the one of the invitation's present link. */
export async function opens(ctx: Sealing, mac: Uint8Array, invitation: Invitation): Promise<boolean> {
  const expected = await macOf(ctx, invitation);
  return mac.length === expected.length && timingSafeEqual(mac, expected);
}

function macOf(ctx: Sealing, { orgId, invitationId, nonce }: Invitation): Promise<Uint8Array> {
  return ctx.keys.invitationMac(ctx, ['invitation', orgId, invitationId, nonce].join('\n'));
}
