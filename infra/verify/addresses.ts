import { identityItem, parseIdentity } from '../../domain/identity/identity.item.ts';
import { OrgId } from '../../domain/ids.ts';
import { invitationItem, parseInvitation } from '../../domain/invitations/invitation.item.ts';
import { addressItem, parseAddress } from '../../domain/users/address.item.ts';
import type { Check, Judged, Kind } from './check.ts';
import type { Finding } from './invariant.ts';
import { masked } from './masked.ts';
import type { Tenant } from './tenant.ts';

/** Who a login is in an organization. */
export const identityKind: Kind = {
  name: 'identity',
  at: /^IDENTITY#.+ ORG#[^#]+$/s,
  read(item) {
    const identity = parseIdentity(item);
    const { login, userId, leaving } = identity;
    return {
      keys: identityItem(identity),
      keep: ({ identities }) => identities.set(login, { userId, leaving }),
    };
  },
};

/** Whose an address is. A person's is theirs as long as they are here. */
export const addressKind: Kind = {
  name: 'address',
  at: /^ORG#[^#]+ EMAIL#/,
  mayExpire: ({ userId }) => userId === undefined,
  read(item, { orgId }) {
    const address = parseAddress(item);
    const { email, ...leadsTo } = address;
    return {
      keys: addressItem(OrgId.parse(orgId), address),
      keep: ({ addresses }) => addresses.set(email, leadsTo),
    };
  },
};

/** An invitation. */
export const invitationKind: Kind = {
  name: 'invitation',
  at: /^ORG#[^#]+ INVITATION#/,
  mayExpire: () => true,
  read(item) {
    const invitation = parseInvitation(item);
    const { invitationId, email, status, placesUntil, grants, expiresAtSeconds } = invitation;
    const workspaceIds = grants.map(({ workspaceId }) => workspaceId);
    return {
      keys: invitationItem(invitation),
      keep: ({ invitations }) =>
        invitations.set(invitationId, { email, status, placesUntil, workspaceIds, expiresAtSeconds }),
    };
  },
};

/** The ways in: logins and addresses lead to whom they belong, and everybody has theirs. */
export const addressChecks: readonly Check[] = [
  { needs: ['user', 'identity'], find: lostLogins },
  { needs: ['user', 'identity'], find: danglingIdentities },
  { needs: ['user', 'invitation', 'address'], find: lostAddresses },
  { needs: ['user', 'invitation', 'address'], find: danglingAddresses },
];

function* lostLogins({ people, identities }: Tenant): Generator<Finding> {
  for (const { userId, login } of people.values()) {
    const leadsTo = identities.get(login)?.userId;
    if (leadsTo !== userId)
      yield {
        invariant: 'identity_missing',
        subject: userId,
        detail: leadsTo ? `their login leads to ${leadsTo}` : 'their login leads nowhere',
      };
  }
}

function* danglingIdentities({ people, identities }: Tenant): Generator<Finding> {
  for (const [login, { userId }] of identities) {
    const person = people.get(userId);
    if (person?.login === login) continue;
    const detail = `a login, ${masked(login)}, leads to ${person ? 'somebody with another one' : 'nobody'}`;
    yield { invariant: 'identity_dangling', subject: userId, detail };
  }
}

function* lostAddresses({ people, invitations, addresses }: Tenant, { now }: Judged): Generator<Finding> {
  for (const { userId, emails } of people.values())
    for (const email of emails) if (addresses.get(email)?.userId !== userId) yield lostAddress(userId, email);
  // What is past its time to live may go in parts.
  for (const [invitationId, { email, status, expiresAtSeconds }] of invitations)
    if (status === 'pending' && !isPast(expiresAtSeconds, now))
      if (addresses.get(email)?.invitationId !== invitationId) yield lostAddress(invitationId, email);
}

function lostAddress(subject: string, email: string): Finding {
  const detail = `an address, ${masked(email)}, does not lead here`;
  return { invariant: 'address_missing', subject, detail };
}

function* danglingAddresses(tenant: Tenant, { now }: Judged): Generator<Finding> {
  for (const [email, leadsTo] of tenant.addresses) {
    const subject = masked(email);
    const detail = whyDangling(tenant, email, leadsTo, now);
    if (detail) yield { invariant: 'address_dangling', subject, detail };
    else yield* kept(tenant, subject, leadsTo);
  }
}

type LeadsTo = NonNullable<ReturnType<Tenant['addresses']['get']>>;

function whyDangling(tenant: Tenant, email: string, leadsTo: LeadsTo, now: number) {
  const { userId, invitationId, expiresAtSeconds } = leadsTo;
  if (userId && invitationId) return `leads to ${userId} and to ${invitationId}`;
  if (userId) {
    const person = tenant.people.get(userId);
    if (!person) return `leads to ${userId}, who is nobody`;
    return person.emails.includes(email) ? undefined : `leads to ${userId}, who does not have it`;
  }
  // What is left of a revoked one for the pause between mails.
  if (!invitationId) return expiresAtSeconds === undefined ? 'leads nowhere' : undefined;
  const invitation = tenant.invitations.get(invitationId);
  if (!invitation)
    return isPast(expiresAtSeconds, now) ? undefined : `leads to ${invitationId}, which is gone`;
  if (invitation.email !== email) return `leads to ${invitationId}, which is for another`;
  return invitation.status === 'pending'
    ? undefined
    : `leads to ${invitationId}, which is ${invitation.status}`;
}

/** Of somebody who never comes in nothing is kept for longer than their invitation. */
function* kept({ invitations }: Tenant, subject: string, leadsTo: LeadsTo): Generator<Finding> {
  const { invitationId, expiresAtSeconds } = leadsTo;
  const invitation = invitationId && invitations.get(invitationId);
  if (!invitation || invitation.expiresAtSeconds === expiresAtSeconds) return;
  const detail = `goes at ${expiresAtSeconds ?? 'no time'}, ${invitationId} at ${invitation.expiresAtSeconds}`;
  yield { invariant: 'address_expiry', subject, detail };
}

function isPast(expiresAtSeconds: number | undefined, now: number): boolean {
  return expiresAtSeconds !== undefined && expiresAtSeconds * 1_000 <= now;
}
