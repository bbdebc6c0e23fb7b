import * as z from 'zod/mini';
import { accessTo, accessToMany, allows, callerOf, isAnyAdmin, rightHolds } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { DomainError, forbidden, notFound } from '../errors.ts';
import { type InvitationId, WorkspaceId } from '../ids.ts';
import { organizationKey, parseOrganization } from '../organizations/organization.item.ts';
import { type Action, check, update } from '../table/action.ts';
import { findItem, type Key } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { type Page, pageOf, pageQuery } from '../table/page.ts';
import { write } from '../table/write.ts';
import { userKey } from '../users/user.item.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { visibleByBatch } from '../workspaces/visibleWorkspaces.ts';
import type { Find } from './grants.ts';
import { findGround, type Ground, movePlaces, nothingAhead } from './holdPlaces.ts';
import {
  type Invitation,
  invitationKey,
  invitationPrefix,
  parseInvitation,
  validity,
} from './invitation.item.ts';
import { type InvitationView, viewInvitation } from './invitation.view.ts';
import { freedAddress, repeatedAddress } from './invitedAddress.ts';
import { freshNonce, invitationEvent } from './newInvitation.ts';

export const InvitationsQuery = z.strictObject({ ...pageQuery, workspaceId: z.optional(WorkspaceId) });

/**
 * Invitations with a grant in a workspace that the caller administers (of one workspace, or of all); an owner sees
 * every one. Of an invitation into several workspaces only those grants are shown. Throws `forbidden`, `not_found`.
 */
export async function listInvitations(
  ctx: UserContext,
  { workspaceId, ...page }: z.output<typeof InvitationsQuery>,
): Promise<Page<InvitationView>> {
  const user = await callerOf(ctx);
  if (workspaceId) await accessTo(ctx, workspaceId, 'admin');
  else if (!isAnyAdmin(user)) throw forbidden('Only owners and admins see invitations.');
  const isOwner = user.organizationRole === 'owner';
  const visible = visibleByBatch(ctx, user);
  return pageOf(ctx, ['invitations', workspaceId], page, {
    partition: `ORG#${ctx.actor.orgId}`,
    prefix: invitationPrefix,
    sparse: true,
    resolve: async (items) => {
      const invitations = items
        .map(parseInvitation)
        .map((one) => (isInto(one, workspaceId) ? one : undefined));
      const ids = invitations.flatMap((one) => one?.grants.map((grant) => grant.workspaceId) ?? []);
      const seen = isOwner ? undefined : await visible(ids);
      const sees = (id: WorkspaceId) => !seen || seen.get(id)?.role === 'admin';
      const isShown = ({ grants }: Invitation) =>
        isOwner || workspaceId !== undefined || grants.some((g) => sees(g.workspaceId));
      return invitations.map((one) => (one && isShown(one) ? viewInvitation(ctx, one, sees) : undefined));
    },
  });
}

function isInto({ grants }: Invitation, workspaceId: WorkspaceId | undefined): boolean {
  return workspaceId === undefined || grants.some((grant) => grant.workspaceId === workspaceId);
}

/**
 * A new link, valid 48 hours; every older link is dead. It holds its places again where an expired one held none any
 * more. For owners, and admins of one of its workspaces: those that they administer must have room. Throws `not_found`,
 * `forbidden`, `invitation_used`, `version_mismatch`, `member_limit_reached`, `invitation_limit_reached`, and `throttled`
 * within a minute of another mail.
 */
export async function resendInvitation(
  ctx: UserContext,
  invitationId: InvitationId,
  expectedVersion?: ExpectedVersion,
): Promise<InvitationView> {
  return write(ctx, async () => {
    const { orgId } = ctx.actor;
    const { invitation, rights, ground, found } = await managed(ctx, invitationId, [organizationKey(orgId)]);
    if (invitation.status === 'revoked') throw notFound();
    expectVersion(expectedVersion, invitation.version);
    const { limits } = parseOrganization(found(organizationKey(orgId)));
    const renewed = {
      ...invitation,
      ...validity(ctx.now()),
      nonce: freshNonce(),
      version: invitation.version + 1,
    };
    const { nonce, expiresAt, sentAt, placesUntil, expiresAtSeconds, version } = renewed;
    const set = { nonce, expiresAt, sentAt, placesUntil, expiresAtSeconds, version };
    // Of the others the caller learns nothing; accepting drops a grant where there is no room.
    const into = invitation.grants.map(({ workspaceId }) => workspaceId).filter(rights.sees);
    const room = { into, memberLimit: limits.membersPerWorkspace, ahead: nothingAhead() };
    return {
      answer: viewInvitation(ctx, renewed, (id) => rights.sees(id)),
      actions: [
        rights.some,
        update(invitationKey(orgId, invitationId), { set }, { when: asRead(invitation) }),
        repeatedAddress(ctx, renewed, [equals('invitationId', invitationId)]),
        ...movePlaces(ctx, ground, { before: invitation, after: renewed, room }),
      ],
      events: [invitationEvent('invitation.resent', invitation)],
    };
  });
}

/**
 * Revokes an invitation; its link is dead. For owners, and those who administer all of its workspaces. Revoking again
 * changes nothing. Throws `not_found`, `forbidden`, `invitation_used`, `version_mismatch`.
 */
export async function revokeInvitation(
  ctx: UserContext,
  invitationId: InvitationId,
  expectedVersion?: ExpectedVersion,
): Promise<null> {
  return write(ctx, async () => {
    const { orgId } = ctx.actor;
    const { invitation, rights, ground } = await managed(ctx, invitationId);
    if (invitation.status === 'revoked') return { answer: null, actions: [], events: [] };
    expectVersion(expectedVersion, invitation.version);
    return {
      answer: null,
      actions: [
        ...rights.all(),
        update(
          invitationKey(orgId, invitationId),
          { set: { status: 'revoked' }, remove: ['placesUntil'], add: { version: 1 } },
          { when: asRead(invitation) },
        ),
        freedAddress(ctx, invitation),
        ...movePlaces(ctx, ground, { before: invitation }),
      ],
      events: [invitationEvent('invitation.revoked', invitation)],
    };
  });
}

function asRead({ version, status }: Invitation) {
  return [equals('version', version), equals('status', status)];
}

type Rights = {
  sees: (workspaceId: WorkspaceId) => boolean;
  /** The right in one of its workspaces. */
  some: Action;
  /** The right in all of them. Throws `forbidden`. */
  all: () => Action[];
};

type Managed = { invitation: Invitation; rights: Rights; ground: Ground; found: Find };

/** An invitation that the caller may manage and that is not used up, with their rights in its workspaces. */
async function managed(
  ctx: UserContext,
  invitationId: InvitationId,
  more: readonly Key[] = [],
): Promise<Managed> {
  const { orgId, userId } = ctx.actor;
  const user = await callerOf(ctx);
  const item = await findItem(ctx, invitationKey(orgId, invitationId));
  const invitation = item && parseInvitation(item);
  // Past its time to live it may still be there, without its address.
  if (!invitation || invitation.expiresAtSeconds * 1_000 <= ctx.now().getTime()) throw notFound();
  const { ground, found } = await findGround(ctx, invitation, more);
  const rights =
    user.organizationRole === 'owner'
      ? ownerRights(check(userKey(orgId, userId), [equals('organizationRole', 'owner')]))
      : await adminRights(ctx, invitation, ground);
  if (invitation.status === 'accepted')
    throw new DomainError('invitation_used', 'This invitation has been accepted; change the member instead.');
  return { invitation, rights, ground, found };
}

function ownerRights(holds: Action): Rights {
  return { sees: () => true, some: holds, all: () => [holds] };
}

async function adminRights(ctx: UserContext, { grants }: Invitation, ground: Ground): Promise<Rights> {
  const ids = grants.map(({ workspaceId }) => workspaceId);
  const seen = await accessToMany(ctx, ids);
  const administered = [...seen.values()].filter((access) => allows(access, 'admin'));
  const [first] = administered;
  if (!first) throw seen.size > 0 ? forbidden() : notFound();
  return {
    sees: (id) => administered.some(({ workspace }) => workspace.workspaceId === id),
    some: rightHolds(ctx, first, 'admin'),
    all: () => {
      // A grant in a workspace that has gone since is nobody's.
      if (administered.length < ground.workspaces.size)
        throw forbidden('It also invites to workspaces that you don’t manage.');
      return administered.map((access) => rightHolds(ctx, access, 'admin'));
    },
  };
}
