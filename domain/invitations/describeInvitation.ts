import { notFound } from '../errors.ts';
import { UserId } from '../ids.ts';
import type { Role } from '../members/member.item.ts';
import { organizationKey, parseOrganization } from '../organizations/organization.item.ts';
import { findItems, type Reading } from '../table/client.ts';
import { parseUser, userKey } from '../users/user.item.ts';
import { finding, grantKeys, judge } from './grants.ts';
import type { Invitation } from './invitation.item.ts';

/** What an invitation is about, in the words of those who are invited. */
export type DescribedInvitation = {
  organizationName: string;
  /** `support`, or the person who invited last; nothing of somebody who has left. */
  invitedBy: 'support' | { name: string; email: string } | undefined;
  isForOwner: boolean;
  grants: { workspaceName: string; role: Role }[];
};

/**
 * Who invites, into which organization and workspaces, as what. Only what accepting would give now: nobody learns how a
 * workspace is called that they can't come into. Throws `not_found`.
 */
export async function describeInvitation(
  ctx: Reading,
  { orgId, grants, invitedBy, organizationRole }: Invitation,
): Promise<DescribedInvitation> {
  // Support, who invites first owners, is no person of the organization.
  const inviter = invitedBy.startsWith('usr_') ? userKey(orgId, UserId.parse(invitedBy)) : undefined;
  const at = finding(
    await findItems(ctx, [
      organizationKey(orgId),
      ...(inviter ? [inviter] : []),
      ...grantKeys(orgId, grants),
    ]),
  );
  const organization = at(organizationKey(orgId));
  if (!organization) throw notFound();
  const person = inviter && at(inviter);
  return {
    organizationName: parseOrganization(organization).name,
    invitedBy: inviter ? person && parseUser(person) : 'support',
    isForOwner: organizationRole === 'owner',
    grants: grants.flatMap((grant) => {
      const judged = judge(orgId, grant, at);
      return 'code' in judged ? [] : [{ workspaceName: judged.workspace.name, role: grant.role }];
    }),
  };
}
