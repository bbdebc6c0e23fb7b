import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import { type Action, put, remove, update } from '../table/action.ts';
import { absent, atMost, type Condition, either, equals, lacks } from '../table/condition.ts';
import { timeToLive } from '../table/schema.ts';
import { type Address, addressItem, addressKey, parseAddress } from '../users/address.item.ts';
import type { Invitation } from './invitation.item.ts';

/** Between two mails that repeat one to the same address. */
const pauseSeconds = 60;

/** The address of a first mail: it leads to the invitation, and goes with it unless a person takes it over. */
export function firstAddress(invitation: Invitation, when: readonly Condition[] = [absent]): Action {
  const { orgId, email, invitationId, expiresAtSeconds } = invitation;
  return put(addressItem(orgId, { email, invitationId, expiresAtSeconds }), { when });
}

/**
 * The same for a mail that repeats one, whoever asks for it and by which route. The condition holds the pause between
 * two of them. Throws `throttled` with the seconds that are left.
 */
export function repeatedAddress(
  ctx: Pick<Context, 'now'>,
  { orgId, email, invitationId, expiresAtSeconds }: Invitation,
  when: readonly Condition[],
): Action {
  const now = ctx.now();
  const lastRepeat = new Date(now.getTime() - pauseSeconds * 1_000).toISOString();
  const address = { email, invitationId, expiresAtSeconds, repeatedAt: now.toISOString() };
  return put(addressItem(orgId, address), {
    when: [...when, either(lacks('repeatedAt'), atMost('repeatedAt', lastRepeat))],
    failed: (found) => found && pauseLeft(parseAddress(found), now),
  });
}

/** Whether a mail has gone to an address that leads to nobody yet; after its pause one of nobody is as good as none. */
export function isMailed(ctx: Pick<Context, 'now'>, address: Address | undefined): boolean {
  if (!address || address.invitationId) return address !== undefined;
  return (address[timeToLive] ?? 0) * 1_000 > ctx.now().getTime();
}

/** An address that leads to nobody yet is as it was read, as a condition. */
export function addressIsAsRead(address: Address | undefined): Condition[] {
  if (!address) return [absent];
  const { invitationId } = address;
  return [lacks('userId'), invitationId ? equals('invitationId', invitationId) : lacks('invitationId')];
}

/** The address leads to this invitation no more. What was mailed just now is remembered for the pause. */
export function freedAddress(ctx: Pick<Context, 'now'>, invitation: Invitation): Action {
  const { orgId, email, invitationId, sentAt, createdAt } = invitation;
  const when = [equals('invitationId', invitationId)];
  const pauseEnds = Date.parse(sentAt ?? createdAt) + pauseSeconds * 1_000;
  if (pauseEnds <= ctx.now().getTime()) return remove(addressKey(orgId, email), { when });
  return update(
    addressKey(orgId, email),
    { set: { [timeToLive]: Math.ceil(pauseEnds / 1_000) }, remove: ['invitationId'] },
    { when },
  );
}

function pauseLeft({ repeatedAt, userId }: Address, now: Date): DomainError | undefined {
  const milliseconds = Date.parse(repeatedAt ?? '') + pauseSeconds * 1_000 - now.getTime();
  if (userId || !(milliseconds > 0)) return undefined;
  const seconds = Math.ceil(milliseconds / 1_000);
  return new DomainError(
    'throttled',
    `A mail has just gone to this address; the next one can go in ${seconds} seconds.`,
    { extra: { retryAfterSeconds: seconds } },
  );
}
