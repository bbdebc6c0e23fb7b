import type { SupportContext } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import type { OrgId, UserId } from '../ids.ts';
import { update } from '../table/action.ts';
import { findItem } from '../table/client.ts';
import { contains, equals, sizeAbove } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { parseUser, type User, userKey } from '../users/user.item.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { type Organization, organizationKey } from './organization.item.ts';
import { getOrganization, type OrganizationView, viewOrganization } from './organization.ts';

type Place = { orgId: OrgId; userId: UserId };

/** Makes somebody of the organization an owner; who is one already stays so. Throws `not_found`, `version_mismatch`. */
export async function grantOwner(
  ctx: SupportContext,
  place: Place,
  expectedVersion?: ExpectedVersion,
): Promise<OrganizationView> {
  return write(ctx, async () => {
    const { organization, user } = await read(ctx, place, expectedVersion);
    const { orgId, userId } = place;
    if (user.organizationRole === 'owner')
      return { answer: await viewOrganization(ctx, organization), actions: [], events: [] };
    const ownerIds = new Set([...organization.ownerIds, userId]);
    const after = { ...organization, ownerIds, version: organization.version + 1 };
    return {
      answer: await viewOrganization(ctx, after),
      actions: [
        update(
          organizationKey(orgId),
          { add: { ownerIds: new Set([userId]), version: 1 } },
          { when: [equals('version', organization.version)] },
        ),
        update(
          userKey(orgId, userId),
          { set: { organizationRole: 'owner' }, add: { version: 1 } },
          { when: [equals('version', user.version)] },
        ),
      ],
      events: [{ orgId, type: 'owner.granted', details: { userId, email: user.email } }],
    };
  });
}

/** Takes the role back; who is no owner stays so. Throws `not_found`, `last_owner`, `version_mismatch`. */
export async function revokeOwner(
  ctx: SupportContext,
  place: Place,
  expectedVersion?: ExpectedVersion,
): Promise<null> {
  return write(ctx, async () => {
    const { organization, user } = await read(ctx, place, expectedVersion);
    const { orgId, userId } = place;
    if (user.organizationRole !== 'owner') return { answer: null, actions: [], events: [] };
    return {
      answer: null,
      actions: [
        ownerLeaves(organization, userId),
        update(
          userKey(orgId, userId),
          { set: { organizationRole: 'member' }, add: { version: 1 } },
          { when: [equals('version', user.version)] },
        ),
      ],
      events: [{ orgId, type: 'owner.revoked', details: { userId, email: user.email } }],
    };
  });
}

async function read(
  ctx: SupportContext,
  { orgId, userId }: Place,
  expectedVersion?: ExpectedVersion,
): Promise<{ organization: Organization; user: User }> {
  const organization = await getOrganization(ctx, orgId);
  expectVersion(expectedVersion, organization.version);
  const item = await findItem(ctx, userKey(orgId, userId));
  const user = item && parseUser(item);
  if (!user || user.leaving) throw notFound();
  return { organization, user };
}

/** One owner less, and at least one left. Throws `last_owner`. */
export function ownerLeaves({ orgId, ownerIds, version }: Organization, userId: UserId) {
  if (ownerIds.size <= 1) throw new DomainError('last_owner', 'An organization keeps at least one owner.');
  return update(
    organizationKey(orgId),
    { take: { ownerIds: new Set([userId]) }, add: { version: 1 } },
    { when: [equals('version', version), contains('ownerIds', userId), sizeAbove('ownerIds', 1)] },
  );
}
