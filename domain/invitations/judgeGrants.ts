import { notBusy } from '../access/access.ts';
import type { PersonContext } from '../context.ts';
import type { OrgId, UserId } from '../ids.ts';
import { membershipKey, parseMembership } from '../members/member.item.ts';
import { type Action, check } from '../table/action.ts';
import { findItems, type Item, type Key } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { isPresent, parseUser, userKey } from '../users/user.item.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import type { Grant, Invitation } from './invitation.item.ts';

/** A grant that can be given: its workspace, and the inviter's right as a condition. */
export type JudgedGrant = {
  grant: Grant;
  workspace: Workspace;
  right: { orgId: OrgId; holds: Action[] };
};

type Dropped = {
  workspaceId: string;
  role: Grant['role'];
  code: 'not_found' | 'forbidden' | 'member_limit_reached';
};

/**
 * Which grants of an invitation can be given now. Dropped: the workspace has gone (`not_found`), who invited has lost
 * the right (`forbidden`), no room (`member_limit_reached`). What the person already is in a workspace stays as it is.
 */
export async function judgeGrants(
  ctx: PersonContext,
  { orgId, grants }: Invitation,
  userId: UserId,
  memberLimit: number,
): Promise<{ given: JudgedGrant[]; dropped: Dropped[] }> {
  const items = await findItems(
    ctx,
    grants.flatMap(({ workspaceId, invitedBy }) => [
      workspaceKey(orgId, workspaceId),
      membershipKey(orgId, workspaceId, invitedBy),
      membershipKey(orgId, workspaceId, userId),
      userKey(orgId, invitedBy),
    ]),
  );
  const byKey = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  const at = ({ pk, sk }: Key): Item | undefined => byKey.get(`${pk} ${sk}`);
  const given: JudgedGrant[] = [];
  const dropped: Dropped[] = [];
  for (const grant of grants) {
    const { workspaceId, invitedBy, role } = grant;
    const drop = (code: Dropped['code']) => dropped.push({ workspaceId, role, code });
    const found = at(workspaceKey(orgId, workspaceId));
    const workspace = found && parseWorkspace(found);
    const holds = rightOf(
      orgId,
      grant,
      at(userKey(orgId, invitedBy)),
      at(membershipKey(orgId, workspaceId, invitedBy)),
    );
    if (!workspace || workspace.status === 'deleting') drop('not_found');
    else if (!holds) drop('forbidden');
    else if (!at(membershipKey(orgId, workspaceId, userId))) {
      notBusy(workspace);
      if (workspace.memberCount >= memberLimit) drop('member_limit_reached');
      else given.push({ grant, workspace, right: { orgId, holds } });
    }
  }
  return { given, dropped };
}

/** The inviter's present right as conditions, or nothing when they have none. */
function rightOf(
  orgId: OrgId,
  { workspaceId, invitedBy }: Grant,
  user?: Item,
  membership?: Item,
): Action[] | undefined {
  const inviter = user && parseUser(user);
  if (!inviter || inviter.leaving) return undefined;
  const key = userKey(orgId, invitedBy);
  if (inviter.organizationRole === 'owner')
    return [check(key, [isPresent, equals('organizationRole', 'owner')])];
  if (membership && parseMembership(membership).role === 'admin')
    return [
      check(membershipKey(orgId, workspaceId, invitedBy), [equals('role', 'admin')]),
      check(key, [isPresent]),
    ];
  return undefined;
}
