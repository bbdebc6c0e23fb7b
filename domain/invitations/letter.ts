import type { Context } from '../context.ts';
import { InvitationId, type OrgId } from '../ids.ts';
import { organizationKey, parseOrganization } from '../organizations/organization.item.ts';
import { findItem, type Reading } from '../table/client.ts';
import { invitationKey, parseInvitation, validHours } from './invitation.item.ts';
import { statusOf } from './invitation.view.ts';
import { invitationToken } from './token.ts';

export type Letter = { to: string; subject: string; text: string; link: string; token: string; at: string };

/** The mail of a pending invitation with its present link; `undefined` when there is nothing to accept any more. */
export async function invitationLetter(
  ctx: Reading & Pick<Context, 'keys'>,
  orgId: OrgId,
  invitationId: string,
  invitationUrl: string,
): Promise<Letter | undefined> {
  const [found, organizationItem] = await Promise.all([
    findItem(ctx, invitationKey(orgId, InvitationId.parse(invitationId))),
    findItem(ctx, organizationKey(orgId)),
  ]);
  const invitation = found && parseInvitation(found);
  if (!invitation || !organizationItem || statusOf(ctx, invitation) !== 'pending') return undefined;
  const { name } = parseOrganization(organizationItem);
  const token = await invitationToken(ctx, invitation);
  const link = `${invitationUrl}?token=${token}`;
  return {
    to: invitation.email,
    subject: `You are invited to ${name}`,
    text: `You are invited to work with ${name}.\n\nOpen this link within ${validHours} hours to accept:\n${link}\n`,
    link,
    token,
    at: ctx.now().toISOString(),
  };
}
