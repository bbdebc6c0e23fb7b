import type { UserContext } from '../context.ts';
import type { EventDraft } from '../events/event.ts';
import { identityKey } from '../identity/identity.item.ts';
import { getOrganization } from '../organizations/organization.ts';
import { ownerLeaves } from '../organizations/owners.ts';
import { type Action, remove } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { addressKey } from './address.item.ts';
import { type User, userKey } from './user.item.ts';

/**
 * What it takes to delete a person with their login's way in and their addresses, if they are as they were read and in
 * as many workspaces as were found. Throws `last_owner`.
 */
export async function departureActions(
  ctx: UserContext,
  user: User,
  workspaceCount: number,
): Promise<Action[]> {
  const { orgId, userId, login, email, otherEmails, organizationRole, version } = user;
  return [
    remove(userKey(orgId, userId), {
      when: [
        equals('version', version),
        equals('workspaceCount', workspaceCount),
        equals('organizationRole', organizationRole),
      ],
    }),
    remove(identityKey(login, orgId)),
    ...[email, ...otherEmails].map((address) => remove(addressKey(orgId, address))),
    ...(organizationRole === 'owner' ? [ownerLeaves(await getOrganization(ctx, orgId), userId)] : []),
  ];
}

/** Out of the organization: what the audit tells when the person loses every right, beside an event for each workspace. */
export function leftEvent(
  { orgId, userId, email }: User,
  details: { operationId?: string } = {},
): EventDraft {
  return { orgId, type: 'member.removed', details: { userId, email, fromOrganization: true, ...details } };
}
