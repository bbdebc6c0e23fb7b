import { randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import type { EventType } from '../events/event.item.ts';
import type { EventDraft } from '../events/event.ts';
import type { OrgId } from '../ids.ts';
import type { Item } from '../table/client.ts';
import { addressItem } from '../users/address.item.ts';
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

/** The address that leads to it, and goes with it unless a person takes it over. */
export function invitedAddress({ orgId, email, invitationId, expiresAtSeconds }: Invitation): Item {
  return addressItem(orgId, { email, invitationId, expiresAtSeconds });
}

/** What the audit tells of an invitation; into one workspace, it is among the events of that. */
export function invitationEvent(
  type: Extract<EventType, `invitation.${string}`>,
  { orgId, invitationId, email, grants, organizationRole }: Invitation,
): EventDraft {
  const [first, ...others] = grants;
  return {
    orgId,
    type,
    ...(first && others.length === 0 && { workspaceId: first.workspaceId }),
    details: { invitationId, email, grants, ...(organizationRole && { organizationRole }) },
  };
}

export function freshNonce(): string {
  return randomBytes(16).toString('base64url');
}
