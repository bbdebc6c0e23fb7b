import * as z from 'zod/mini';
import { type SupportContext, timestamp } from '../context.ts';
import { Email } from '../email.ts';
import { invitationItem } from '../invitations/invitation.item.ts';
import { firstInvitationCount } from '../invitations/invitationCount.item.ts';
import { firstAddress } from '../invitations/invitedAddress.ts';
import { invitationEvent, newInvitation } from '../invitations/newInvitation.ts';
import { put } from '../table/action.ts';
import { absent } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { nameOf } from '../text.ts';
import { type Organization, organizationItem } from './organization.item.ts';
import { OrganizationView, viewOrganization } from './organization.ts';

/** 0 to 100,000 each. */
export const LimitValue = z.int().check(z.minimum(0), z.maximum(100_000));
export const LimitsInput = z.strictObject({
  workspaces: z.optional(LimitValue),
  membersPerWorkspace: z.optional(LimitValue),
  connectionsPerWorkspace: z.optional(LimitValue),
});
const defaultLimits = { workspaces: 10, membersPerWorkspace: 500, connectionsPerWorkspace: 5_000 };

export const CreateOrganization = z.strictObject({
  name: nameOf(100),
  owner: z.strictObject({ email: Email }),
  limits: z.optional(LimitsInput),
});

export const CreatedOrganization = z.object({
  organization: OrganizationView,
  invitation: z.object({ invitationId: z.string(), email: z.string(), expiresAt: z.string() }),
});

/** Creates an organization and invites its first owner by mail, in one transaction. */
export async function createOrganization(
  ctx: SupportContext,
  input: z.output<typeof CreateOrganization>,
): Promise<z.output<typeof CreatedOrganization>> {
  return write(ctx, async () => {
    const organization: Organization = {
      orgId: ctx.newId('org'),
      name: input.name,
      limits: { ...defaultLimits, ...present(input.limits) },
      workspaceCount: 0,
      ownerIds: new Set(),
      createdAt: timestamp(ctx),
      version: 1,
    };
    const { orgId } = organization;
    const invitation = newInvitation(ctx, {
      orgId,
      email: input.owner.email,
      grants: [],
      invitedBy: ctx.actor.id,
      organizationRole: 'owner',
    });
    const { invitationId, email, expiresAt } = invitation;
    return {
      answer: {
        organization: await viewOrganization(ctx, organization),
        invitation: { invitationId, email, expiresAt },
      },
      actions: [
        put(organizationItem(organization), { when: [absent] }),
        put(invitationItem(invitation)),
        firstAddress(invitation),
        put(firstInvitationCount(invitation)),
      ],
      events: [
        {
          orgId,
          type: 'organization.created',
          details: { name: organization.name, limits: organization.limits },
        },
        invitationEvent('invitation.created', invitation),
      ],
    };
  });
}

/** The limits that were named. */
export function present(limits: z.output<typeof LimitsInput> = {}): Partial<Organization['limits']> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
