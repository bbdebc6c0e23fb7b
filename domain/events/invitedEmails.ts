import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { InvitationId, type OrgId } from '../ids.ts';
import { invitationKey, parseInvitation } from '../invitations/invitation.item.ts';
import { findItems } from '../table/client.ts';
import type { Event } from './event.item.ts';

const Details = z.object({ invitationId: InvitationId });

/**
 * Whom the invitations of some events are for, by event id. An address is kept with the invitation, until 90 days after
 * the end of that; then its events say no address any more.
 */
export async function invitedEmails(
  ctx: Context,
  orgId: OrgId,
  events: readonly Event[],
): Promise<ReadonlyMap<string, string>> {
  const told = events.flatMap(({ eventId, type, details }) => {
    const { data } = Details.safeParse(details);
    return data && type.startsWith('invitation.') ? [{ eventId, ...data }] : [];
  });
  const items = await findItems(
    ctx,
    told.map(({ invitationId }) => invitationKey(orgId, invitationId)),
  );
  const now = ctx.now().getTime() / 1_000;
  const kept = items.map(parseInvitation).filter(({ expiresAtSeconds }) => expiresAtSeconds > now);
  const emails = new Map(kept.map(({ invitationId, email }) => [invitationId, email]));
  return new Map(
    told.flatMap(({ eventId, invitationId }) => {
      const email = emails.get(invitationId);
      return email === undefined ? [] : [[eventId, email]];
    }),
  );
}
