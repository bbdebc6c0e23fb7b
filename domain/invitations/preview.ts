import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { Role } from '../members/member.item.ts';
import type { Reading } from '../table/client.ts';
import { describeInvitation } from './describeInvitation.ts';
import { openInvitation, refuseEnded } from './openInvitation.ts';

/** What an invitation is about, for whoever holds its link. */
export const InvitationPreview = z.object({
  organizationName: z.string(),
  /** Without a name when they have left. */
  invitedBy: z.object({ name: z.optional(z.string()) }),
  grants: z.array(
    z.union([
      z.object({ workspaceName: z.string(), role: Role }),
      z.object({ organizationRole: z.literal('owner') }),
    ]),
  ),
  email: z.string(),
  expiresAt: z.string(),
});

/**
 * What accepting would give, for whoever holds the link, without an account. Throws what accepting throws: `not_found`,
 * `invitation_used`, `invitation_replaced`, `invitation_expired`.
 */
export async function previewInvitation(
  ctx: Reading & Pick<Context, 'keys'>,
  token: string,
): Promise<z.output<typeof InvitationPreview>> {
  const opened = await openInvitation(ctx, token);
  refuseEnded(ctx, opened);
  const { email, expiresAt } = opened.invitation;
  const { organizationName, invitedBy, isForOwner, grants } = await describeInvitation(
    ctx,
    opened.invitation,
  );
  return {
    organizationName,
    invitedBy: invitedBy === 'support' ? { name: 'Support' } : invitedBy ? { name: invitedBy.name } : {},
    grants: [...(isForOwner ? [{ organizationRole: 'owner' as const }] : []), ...grants],
    email,
    expiresAt,
  };
}
