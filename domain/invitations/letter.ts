import type { Context } from '../context.ts';
import type { InvitationId, OrgId } from '../ids.ts';
import { findItem, type Reading } from '../table/client.ts';
import { type DescribedInvitation, describeInvitation } from './describeInvitation.ts';
import { invitationKey, parseInvitation, validHours } from './invitation.item.ts';
import { statusOf } from './invitation.view.ts';
import { invitationToken } from './token.ts';

export type Letter = { to: string; subject: string; text: string; link: string; token: string; at: string };

/**
 * The mail of a pending invitation with its present link. `undefined` when there is nothing to accept any more, and when
 * it was asked for (`askedAt`) before the present link was made, which has a mail of its own.
 */
export async function invitationLetter(
  ctx: Reading & Pick<Context, 'keys'>,
  orgId: OrgId,
  invitationId: InvitationId,
  invitationUrl: string,
  askedAt?: string,
): Promise<Letter | undefined> {
  const found = await findItem(ctx, invitationKey(orgId, invitationId));
  const invitation = found && parseInvitation(found);
  if (!invitation || statusOf(ctx, invitation) !== 'pending') return undefined;
  if (askedAt !== undefined && askedAt < (invitation.sentAt ?? '')) return undefined;
  const described = await describeInvitation(ctx, invitation);
  const token = await invitationToken(ctx, invitation);
  const link = `${invitationUrl}?token=${token}`;
  return {
    to: invitation.email,
    subject: `You are invited to ${described.organizationName}`,
    text: textOf(described, link),
    link,
    token,
    at: ctx.now().toISOString(),
  };
}

function textOf({ organizationName, invitedBy, isForOwner, grants }: DescribedInvitation, link: string) {
  const roles = [
    ...(isForOwner ? ['as owner of the organization'] : []),
    ...grants.map(({ workspaceName, role }) => `in ${workspaceName}, as ${role}`),
  ];
  return [
    `${inviterOf(invitedBy)} to work with ${organizationName}${roles.length > 0 ? ':' : '.'}`,
    '',
    ...(roles.length > 0 ? [...roles.map((role) => `- ${role}`), ''] : []),
    `Open this link within ${validHours} hours to accept:`,
    link,
    '',
  ].join('\n');
}

function inviterOf(invitedBy: DescribedInvitation['invitedBy']): string {
  if (invitedBy === 'support') return 'Our support team invites you';
  return invitedBy ? `${invitedBy.name} (${invitedBy.email}) invites you` : 'You are invited';
}
