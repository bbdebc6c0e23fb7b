import * as z from 'zod/mini';
import { accessTo } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { type Invitation, invitationPrefix, parseInvitation } from '../invitations/invitation.item.ts';
import { statusOf } from '../invitations/invitation.view.ts';
import { type Page, pageOf, pageQuery, type Source } from '../table/page.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';
import { type Membership, memberPrefix, parseMembership, Role } from './member.item.ts';
import { usersById } from './people.ts';

export const MembersQuery = z.strictObject({ ...pageQuery, include: z.optional(z.literal('invitations')) });

export const MemberView = z.object({
  userId: z.nullable(z.string()),
  email: z.string(),
  name: z.nullable(z.string()),
  role: Role,
  status: z.enum(['active', 'invited', 'invitation_expired']),
  invitationId: z.optional(z.string()),
  addedAt: z.string(),
  addedBy: z.string(),
  version: z.int(),
});
export type MemberView = z.output<typeof MemberView>;

/** A workspace's members by id, after them (with `include=invitations`, for its admins) those who are invited. */
export async function listMembers(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  { include, ...page }: z.output<typeof MembersQuery>,
): Promise<Page<MemberView>> {
  await accessTo(ctx, workspaceId, include ? 'admin' : 'viewer');
  const active: Source<MemberView> = {
    partition: workspacePartition(ctx.actor.orgId, workspaceId),
    prefix: memberPrefix,
    resolve: (items) => viewMembers(ctx, items.map(parseMembership)),
  };
  const invited = include ? [invitedTo(ctx, workspaceId)] : [];
  return pageOf(ctx, ['members', workspaceId, include], page, active, ...invited);
}

async function viewMembers(ctx: UserContext, memberships: Membership[]): Promise<(MemberView | undefined)[]> {
  const users = await usersById(
    ctx,
    memberships.map(({ userId }) => userId),
  );
  return memberships.map(({ userId, role, addedAt, addedBy, version }) => {
    const user = users.get(userId);
    return (
      user && {
        userId,
        email: user.email,
        name: user.name,
        role,
        status: 'active',
        addedAt,
        addedBy,
        version,
      }
    );
  });
}

/** Pending and expired invitations with a grant in the workspace, shown as the members they may become. */
function invitedTo(ctx: UserContext, workspaceId: WorkspaceId): Source<MemberView> {
  const shown = (invitation: Invitation): MemberView | undefined => {
    const grant = invitation.grants.find((g) => g.workspaceId === workspaceId);
    const status = shownStatus[statusOf(ctx, invitation)];
    return (
      grant &&
      status && {
        userId: null,
        email: invitation.email,
        name: null,
        role: grant.role,
        status,
        invitationId: invitation.invitationId,
        addedAt: invitation.createdAt,
        addedBy: grant.invitedBy,
        version: invitation.version,
      }
    );
  };
  return {
    partition: `ORG#${ctx.actor.orgId}`,
    prefix: invitationPrefix,
    sparse: true,
    resolve: (items) => items.map((item) => shown(parseInvitation(item))),
  };
}

const shownStatus = {
  pending: 'invited',
  expired: 'invitation_expired',
  accepted: undefined,
  revoked: undefined,
} as const;
