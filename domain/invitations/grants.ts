import type { OrgId } from '../ids.ts';
import { membershipKey, parseMembership } from '../members/member.item.ts';
import type { Item, Key } from '../table/client.ts';
import { parseUser, userKey } from '../users/user.item.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import type { Grant } from './invitation.item.ts';

/** An item of those that were read. */
export type Find = (key: Key) => Item | undefined;

/** Items by their key. */
export function finding(items: readonly Item[]): Find {
  const byKey = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  return ({ pk, sk }) => byKey.get(`${pk} ${sk}`);
}

/** What grants are judged by, whoever they are for. */
export function grantKeys(orgId: OrgId, grants: readonly Grant[]): Key[] {
  return grants.flatMap(({ workspaceId, invitedBy }) => [
    workspaceKey(orgId, workspaceId),
    membershipKey(orgId, workspaceId, invitedBy),
    userKey(orgId, invitedBy),
  ]);
}

/** A grant that its inviter may still give, by what they are; or why nobody can give it. */
export type Judgement =
  | { workspace: Workspace; inviterIs: 'owner' | 'admin' }
  | { code: 'not_found' | 'forbidden' };

/** A grant can be given when its workspace stands and its inviter still has the right to. */
export function judge(orgId: OrgId, { workspaceId, invitedBy }: Grant, found: Find): Judgement {
  const item = found(workspaceKey(orgId, workspaceId));
  const workspace = item && parseWorkspace(item);
  if (!workspace || workspace.status === 'deleting') return { code: 'not_found' };
  const user = found(userKey(orgId, invitedBy));
  const inviter = user && parseUser(user);
  if (!inviter || inviter.leaving) return { code: 'forbidden' };
  if (inviter.organizationRole === 'owner') return { workspace, inviterIs: 'owner' };
  const membership = found(membershipKey(orgId, workspaceId, invitedBy));
  const isAdmin = membership && parseMembership(membership).role === 'admin';
  return isAdmin ? { workspace, inviterIs: 'admin' } : { code: 'forbidden' };
}
