import * as z from 'zod/mini';
import { noOrganization, workspaceIsActive } from '../access/access.ts';
import { type PersonContext, timestamp } from '../context.ts';
import { normalizedEmail } from '../email.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import { identityItem, identityKey, parseIdentity } from '../identity/identity.item.ts';
import type { UserId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { memberActions, memberCounts, newMember } from '../members/membership.ts';
import { type Organization, organizationKey, parseOrganization } from '../organizations/organization.item.ts';
import { type Action, check, put, update } from '../table/action.ts';
import { findItem, findItems } from '../table/client.ts';
import { absent, atMost, equals, exists } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { addressItem } from '../users/address.item.ts';
import { parseUser, type User, userItem, userKey } from '../users/user.item.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { finding } from './grants.ts';
import { movePlaces } from './holdPlaces.ts';
import { type Invitation, invitationKey } from './invitation.item.ts';
import { type InvitationCount, invitationCountKey, parseInvitationCount } from './invitationCount.item.ts';
import { type JudgedGrant, judgeGrants } from './judgeGrants.ts';
import { invitationDetails } from './newInvitation.ts';
import { openInvitation, refuseEnded } from './openInvitation.ts';

export const Accepted = z.object({
  organization: z.object({ id: z.string(), name: z.string() }),
  userId: z.string(),
  organizationRole: z.enum(['owner', 'member']),
  workspaces: z.array(z.object({ workspaceId: z.string(), name: z.string(), role: Role })),
  dropped: z.array(z.object({ workspaceId: z.string(), role: Role, code: z.string() })),
});
type Accepted = z.output<typeof Accepted>;

/**
 * Takes up an invitation: the login becomes a person of the organization, with the roles that were promised by those who
 * may still give them; what can't be given is listed in `dropped`, here and in the event. Throws `not_found`,
 * `invitation_for_someone_else`, `invitation_used`, `invitation_replaced`, `invitation_expired`, `workspace_busy`;
 * `no_organization` to somebody who is just being removed.
 */
export async function acceptInvitation(ctx: PersonContext, token: string): Promise<Accepted> {
  return write(ctx, async () => {
    const invitation = await openedBy(ctx, token);
    const { orgId } = invitation;
    const { organization, count, present } = await placeOf(ctx, invitation);
    const userId = present?.userId ?? ctx.newId('usr');
    const memberLimit = organization.limits.membersPerWorkspace;
    const { given, dropped, workspaces } = await judgeGrants(ctx, invitation, userId, memberLimit);
    const isOwner = invitation.organizationRole === 'owner' || present?.organizationRole === 'owner';
    const role = isOwner ? 'owner' : 'member';
    return {
      answer: {
        organization: { id: orgId, name: organization.name },
        userId,
        organizationRole: role,
        workspaces: given.map(({ workspace, grant }) => ({
          workspaceId: workspace.workspaceId,
          name: workspace.name,
          role: grant.role,
        })),
        dropped,
      },
      actions: [
        update(
          invitationKey(orgId, invitation.invitationId),
          { set: { status: 'accepted' }, remove: ['placesUntil'], add: { version: 1 } },
          { when: [equals('status', 'pending'), equals('nonce', invitation.nonce)] },
        ),
        put(addressItem(orgId, { email: invitation.email, userId }), {
          when: [equals('invitationId', invitation.invitationId)],
        }),
        ...comingIn(ctx, organization, present, { userId, role, email: invitation.email, given }),
        ...given.flatMap((judged) => grantActions(ctx, judged, { userId, isNew: !present, memberLimit })),
        ...movePlaces(ctx, { orgId, count, workspaces }, { before: invitation }),
      ],
      events: [
        {
          orgId,
          type: 'invitation.accepted',
          ...listsOf(invitation, given),
          actor: { kind: 'user', id: userId, email: invitation.email },
          details: { ...invitationDetails(invitation), dropped },
        },
        ...given.map(({ grant }) => ({
          orgId,
          type: 'member.added' as const,
          workspaceId: grant.workspaceId,
          ...(invitation.grants.length > 1 && { companion: 'invitation.accepted' as const }),
          actor: { kind: 'user' as const, id: userId, email: invitation.email },
          details: {
            userId,
            role: grant.role,
            invitedBy: grant.invitedBy,
            invitationId: invitation.invitationId,
          },
        })),
      ],
    };
  });
}

/**
 * Where an acceptance is listed: into one workspace, it happened there; of several, where they come in the event of that
 * leads to it, so that twenty workspaces fit the transaction.
 */
function listsOf(
  { grants }: Invitation,
  given: readonly JudgedGrant[],
): Pick<EventDraft, 'workspaceId' | 'listedIn'> {
  const [first] = grants;
  if (first && grants.length === 1) return { workspaceId: first.workspaceId };
  const others = grants.filter((grant) => !given.some((judged) => judged.grant === grant));
  return { listedIn: others.map(({ workspaceId }) => workspaceId) };
}

/** The pending invitation that the token opens, for the caller's own email. */
async function openedBy(ctx: PersonContext, token: string): Promise<Invitation> {
  const opened = await openInvitation(ctx, token);
  const { email } = ctx.actor;
  if (email === undefined || normalizedEmail(email) !== opened.invitation.email)
    throw new DomainError(
      'invitation_for_someone_else',
      'This invitation was sent to another email address.',
    );
  refuseEnded(ctx, opened);
  return opened.invitation;
}

type Place = { organization: Organization; count: InvitationCount | undefined; present: User | undefined };

/**
 * The organization; and the caller in it, if their login is (invited again under a new address). Who is leaving it comes
 * in neither as who they are nor as a second person.
 */
async function placeOf(ctx: PersonContext, { orgId }: Invitation): Promise<Place> {
  const keys = [organizationKey(orgId), invitationCountKey(orgId), identityKey(ctx.actor.login, orgId)];
  const at = finding(await findItems(ctx, keys));
  const [organization, count, identity] = keys.map(at);
  if (!organization) throw notFound();
  const user = identity && (await findItem(ctx, userKey(orgId, parseIdentity(identity).userId)));
  const present = user && parseUser(user);
  if (present?.leaving) throw noOrganization();
  return {
    organization: parseOrganization(organization),
    count: count && parseInvitationCount(count),
    present,
  };
}

type Comer = { userId: UserId; role: User['organizationRole']; email: string; given: readonly JudgedGrant[] };

function comingIn(
  ctx: PersonContext,
  { orgId }: Organization,
  present: User | undefined,
  { userId, role, email, given }: Comer,
): Action[] {
  const { login, name } = ctx.actor;
  const becomesOwner = role === 'owner' && present?.organizationRole !== 'owner';
  // Nothing deletes an organization, so only a new owner touches it.
  const owner = becomesOwner
    ? [
        update(
          organizationKey(orgId),
          { add: { ownerIds: new Set([userId]), version: 1 } },
          { when: [exists] },
        ),
      ]
    : [];
  if (present)
    return [
      ...owner,
      update(
        userKey(orgId, userId),
        {
          set: { organizationRole: role },
          add: { version: 1, ...(email !== present.email && { otherEmails: new Set([email]) }) },
        },
        { when: [equals('version', present.version)] },
      ),
    ];
  const user: User = {
    orgId,
    userId,
    login,
    email,
    otherEmails: new Set(),
    name: name ?? localPart(email),
    organizationRole: role,
    workspaceCount: given.length,
    adminCount: given.filter(({ grant }) => grant.role === 'admin').length,
    joinedAt: timestamp(ctx),
    version: 1,
  };
  return [
    ...owner,
    put(identityItem({ login, orgId, userId }), { when: [absent] }),
    put(userItem(user), { when: [absent] }),
  ];
}

function localPart(email: string): string {
  return email.slice(0, email.lastIndexOf('@'));
}

function grantActions(
  ctx: PersonContext,
  { grant, right }: JudgedGrant,
  { userId, isNew, memberLimit }: { userId: UserId; isNew: boolean; memberLimit: number },
): Action[] {
  const { workspaceId, role, invitedBy } = grant;
  const { orgId, holds } = right;
  const membership = {
    orgId,
    workspaceId,
    userId,
    role,
    addedAt: timestamp(ctx),
    addedBy: invitedBy,
    version: 1,
  };
  return [
    ...holds,
    check(workspaceKey(orgId, workspaceId), [workspaceIsActive, atMost('memberCount', memberLimit - 1)]),
    memberCounts(ctx, orgId, workspaceId, { members: 1, admins: role === 'admin' ? 1 : 0 }),
    // A new person is put with their counts.
    isNew ? newMember(membership) : memberActions(membership),
  ].flat();
}
