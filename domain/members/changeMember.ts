import * as z from 'zod/mini';
import { accessTo, allowing, notBusy, rightHolds } from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { notFound } from '../errors.ts';
import type { UserId, WorkspaceId } from '../ids.ts';
import { getOrganization } from '../organizations/organization.ts';
import { write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import type { MemberView } from './listMembers.ts';
import { Role } from './member.item.ts';
import { planMembers } from './memberChanges.ts';
import { usersById } from './people.ts';

export const PutMember = z.strictObject({ role: Role });

type Place = { workspaceId: WorkspaceId; userId: UserId };

/**
 * Gives somebody of the organization a role in a workspace, adding them when they are not in it.
 * Throws `not_found`, `forbidden`, `last_admin`, `member_limit_reached`, `workspace_busy`, `version_mismatch`.
 */
export async function putMember(
  ctx: UserContext,
  { workspaceId, userId }: Place,
  role: Role,
  expectedVersion?: ExpectedVersion,
): Promise<{ member: MemberView; added: boolean }> {
  return write(ctx, async () => {
    const access = await accessTo(ctx, workspaceId, 'admin');
    notBusy(access.workspace);
    const user = (await usersById(ctx, [userId])).get(userId);
    if (!user) throw notFound();
    const { limits } = await getOrganization(ctx, ctx.actor.orgId);
    const plan = await planMembers(
      ctx,
      access,
      { set: [{ userId, role }], remove: [] },
      { memberLimit: limits.membersPerWorkspace },
    );
    const before = plan.before.get(userId);
    expectVersion(expectedVersion, before?.version);
    const [membership] = plan.memberships;
    if (!membership) throw notFound();
    const { addedAt, addedBy, version } = membership;
    const { email, name } = user;
    return {
      answer: {
        member: { userId, email, name, role, status: 'active' as const, addedAt, addedBy, version },
        added: !before,
      },
      actions: plan.actions.length > 0 ? [rightHolds(ctx, access, 'admin'), ...plan.actions] : [],
      events: plan.events,
    };
  });
}

/**
 * Takes somebody out of a workspace; a member may always remove themselves.
 * Throws `not_found`, `forbidden`, `last_admin`, `workspace_busy`, `version_mismatch`.
 */
export async function removeMember(
  ctx: UserContext,
  place: Place,
  expectedVersion?: ExpectedVersion,
): Promise<null> {
  return write(ctx, async () => {
    const isSelf = place.userId === ctx.actor.userId;
    const access = await accessTo(ctx, place.workspaceId, 'viewer');
    if (!isSelf) allowing(access, 'admin');
    notBusy(access.workspace);
    const plan = await planMembers(ctx, access, { set: [], remove: [place.userId] }, { memberLimit: 0 });
    expectVersion(expectedVersion, plan.before.get(place.userId)?.version);
    return {
      answer: null,
      actions: [...(isSelf ? [] : [rightHolds(ctx, access, 'admin')]), ...plan.actions],
      events: plan.events,
    };
  });
}
