import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import { findItem, type Reading } from '../table/client.ts';
import { type Invitation, invitationKey, parseInvitation } from './invitation.item.ts';
import { statusOf } from './invitation.view.ts';
import { linkOf, parseToken } from './token.ts';

export const InvitationLink = z.strictObject({
  token: z.string().check(z.minLength(1), z.maxLength(1_024)),
});

const expiredDetail =
  'Your invitation link has expired, please ask the person who invited you for another invite or reach out to our Support Team for assistance.';

export type OpenedInvitation = { invitation: Invitation; link: 'present' | 'replaced' };

/**
 * The invitation of a link, in whatever state it is. A token that was made up learns no more than one for an invitation
 * that never was. Throws `not_found`.
 */
export async function openInvitation(
  ctx: Reading & Pick<Context, 'keys'>,
  text: string,
): Promise<OpenedInvitation> {
  const token = parseToken(text);
  const item = token && (await findItem(ctx, invitationKey(token.orgId, token.invitationId)));
  const invitation = item && parseInvitation(item);
  const link = invitation && (await linkOf(ctx, token, invitation));
  if (!link) throw notFound();
  return { invitation, link };
}

/**
 * Refuses an invitation that can't be accepted by this link. Throws `not_found` for a revoked one, `invitation_used`,
 * `invitation_replaced`, `invitation_expired`.
 */
export function refuseEnded(ctx: Pick<Context, 'now'>, { invitation, link }: OpenedInvitation): void {
  const status = statusOf(ctx, invitation);
  if (status === 'revoked') throw notFound();
  if (status === 'accepted')
    throw new DomainError('invitation_used', 'This invitation has been accepted already.');
  if (link === 'replaced')
    throw new DomainError(
      'invitation_replaced',
      'A newer link has replaced this one: open the link in the latest mail.',
    );
  if (status === 'expired') throw new DomainError('invitation_expired', expiredDetail);
}
