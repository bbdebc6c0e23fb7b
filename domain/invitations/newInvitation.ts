import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import type { EventDraft } from '../events/event.ts';
import type { DetailsOf } from '../events/eventDetails.ts';
import type { OrgId } from '../ids.ts';
import { type Grant, type Invitation, validity } from './invitation.item.ts';

/** A pending invitation with a link of its own, valid from now on. */
export function newInvitation(
  ctx: Context,
  asked: {
    orgId: OrgId;
    email: string;
    grants: Grant[];
    invitedBy: string;
    organizationRole?: 'owner' | undefined;
  },
): Invitation {
  const now = ctx.now();
  return {
    ...asked,
    invitationId: ctx.newId('inv'),
    status: 'pending',
    nonce: freshNonce(),
    createdAt: now.toISOString(),
    ...validity(now),
    version: 1,
  };
}

/**
 * What the audit says of an invitation: listed in each workspace that it leads into. The address is not said; the lists
 * read it from the invitation as long as that is kept.
 */
export function invitationEvent(
  type: 'invitation.created' | 'invitation.resent' | 'invitation.revoked',
  invitation: Invitation,
): EventDraft {
  const { orgId, grants } = invitation;
  const [first, ...others] = grants.map(({ workspaceId }) => workspaceId);
  return {
    orgId,
    type,
    ...(first && (others.length > 0 ? { listedIn: [first, ...others] } : { workspaceId: first })),
    details: invitationDetails(invitation),
  };
}

/** An invitation as its events tell of it. */
export function invitationDetails({
  invitationId,
  grants,
  organizationRole,
}: Invitation): DetailsOf<'invitation.created'> {
  return {
    invitationId,
    grants: grants.map(({ workspaceId, role, invitedBy }) => ({ workspaceId, role, invitedBy })),
    ...(organizationRole && { organizationRole }),
  };
}

export function freshNonce(): string {
  return randomBytes(16).toString('base64url');
}
