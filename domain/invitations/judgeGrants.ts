import { notBusy } from '../access/access.ts';
import type { OrgId, UserId } from '../ids.ts';
import { membershipKey } from '../members/member.item.ts';
import { type Action, check } from '../table/action.ts';
import { findItems, type Reading } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { isPresent, userKey } from '../users/user.item.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import { finding, grantKeys, judge } from './grants.ts';
import type { Grant, Invitation } from './invitation.item.ts';

/** A grant that can be given: its workspace, and the inviter's right as a condition. */
export type JudgedGrant = {
  grant: Grant;
  workspace: Workspace;
  right: { orgId: OrgId; holds: Action[] };
};

/** A grant that can't be given, and why. */
export type DroppedGrant = {
  workspaceId: string;
  role: Grant['role'];
  code: 'not_found' | 'forbidden' | 'member_limit_reached';
};

type JudgedGrants = {
  given: JudgedGrant[];
  dropped: DroppedGrant[];
  /** The workspaces of all grants, those that still stand. */
  workspaces: Map<Workspace['workspaceId'], Workspace>;
};

/**
 * Which grants of an invitation can be given now. Dropped: the workspace has gone (`not_found`), who invited has lost
 * the right (`forbidden`), no room (`member_limit_reached`). What the person already is in a workspace stays as it is.
 * Throws `workspace_busy`.
 */
export async function judgeGrants(
  ctx: Reading,
  { orgId, grants }: Invitation,
  userId: UserId,
  memberLimit: number,
): Promise<JudgedGrants> {
  const memberships = grants.map(({ workspaceId }) => membershipKey(orgId, workspaceId, userId));
  const found = finding(await findItems(ctx, [...grantKeys(orgId, grants), ...memberships]));
  const judged: JudgedGrants = { given: [], dropped: [], workspaces: new Map() };
  for (const grant of grants) {
    const { workspaceId, role } = grant;
    const drop = (code: DroppedGrant['code']) => judged.dropped.push({ workspaceId, role, code });
    const item = found(workspaceKey(orgId, workspaceId));
    if (item) judged.workspaces.set(workspaceId, parseWorkspace(item));
    const result = judge(orgId, grant, found);
    if ('code' in result) drop(result.code);
    else if (!found(membershipKey(orgId, workspaceId, userId))) {
      const { workspace, inviterIs } = result;
      notBusy(workspace);
      if (workspace.memberCount >= memberLimit) drop('member_limit_reached');
      else
        judged.given.push({
          grant,
          workspace,
          right: { orgId, holds: inviterHolds(orgId, grant, inviterIs) },
        });
    }
  }
  return judged;
}

/** The inviter is still in the organization and has the right, as conditions. */
function inviterHolds(orgId: OrgId, { workspaceId, invitedBy }: Grant, as: 'owner' | 'admin'): Action[] {
  const key = userKey(orgId, invitedBy);
  if (as === 'owner') return [check(key, [isPresent, equals('organizationRole', 'owner')])];
  const isAdmin = check(membershipKey(orgId, workspaceId, invitedBy), [equals('role', 'admin')]);
  return [isAdmin, check(key, [isPresent])];
}
