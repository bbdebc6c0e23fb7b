import * as z from 'zod/mini';
import {
  type Access,
  accessToMany,
  allowing,
  notBusy,
  rightHolds,
  workspaceIsActive,
} from '../access/access.ts';
import type { UserContext } from '../context.ts';
import { Email } from '../email.ts';
import { DomainError, notFound } from '../errors.ts';
import { WorkspaceId } from '../ids.ts';
import { membershipKey, parseMembership, Role } from '../members/member.item.ts';
import { memberActions, memberCounts, newMembership, withinMemberLimit } from '../members/membership.ts';
import { getOrganization } from '../organizations/organization.ts';
import { check, put, remove } from '../table/action.ts';
import { findItem, findItems } from '../table/client.ts';
import { absent, atMost, equals } from '../table/condition.ts';
import { partsOf } from '../table/idempotency.ts';
import { type Plan, write } from '../table/write.ts';
import { type Address, addressItem, addressKey, parseAddress } from '../users/address.item.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import {
  type Grant,
  type Invitation,
  invitationItem,
  invitationKey,
  parseInvitation,
} from './invitation.item.ts';
import { statusOf } from './invitation.view.ts';
import { newInvitation } from './newInvitation.ts';

/** What one accepting transaction holds: three actions a grant. */
export const mostGrants = 25;

const GrantInput = z.strictObject({ workspaceId: WorkspaceId, role: Role });
const distinct = (grants: { workspaceId: string }[]) =>
  new Set(grants.map(({ workspaceId }) => workspaceId)).size === grants.length;

export const PersonInput = z.strictObject({
  email: Email,
  grants: z
    .array(GrantInput)
    .check(z.minLength(1), z.maxLength(20), z.refine(distinct, 'names a workspace twice')),
});
export const Invite = z.strictObject({
  invitations: z.array(PersonInput).check(
    z.minLength(1),
    z.maxLength(50),
    z.refine(
      (people) => new Set(people.map(({ email }) => email)).size === people.length,
      'names an email twice',
    ),
  ),
});

export const Invited = z.object({
  invitationId: z.optional(z.string()),
  email: z.string(),
  status: z.enum(['invited', 'added', 'failed']),
  /** Of a person who could not be invited while others could. */
  code: z.optional(z.string()),
  detail: z.optional(z.string()),
});
type Invited = z.output<typeof Invited>;

/**
 * Invites people into workspaces. Who is in the organization is added at once and keeps the roles they have; who is
 * invited already gets one fresh invitation with all grants. Each person is one transaction: one who fails is reported
 * and never undoes the others. Throws `not_found`, `forbidden`, `workspace_busy`; for a single person every code.
 */
export async function invite(
  ctx: UserContext,
  { invitations }: z.output<typeof Invite>,
): Promise<{ items: Invited[] }> {
  const items: Invited[] = [];
  const { part, settle } = partsOf(ctx);
  for (const person of invitations) {
    try {
      items.push(await inviteOne(part(person.email), person));
    } catch (error) {
      if (!(error instanceof DomainError) || items.length === 0) throw error;
      items.push({ email: person.email, status: 'failed', code: error.code, detail: error.message });
    }
  }
  settle();
  return { items };
}

function inviteOne(ctx: UserContext, person: z.output<typeof PersonInput>): Promise<Invited> {
  return write(ctx, async () => {
    const accesses = await accessToMany(
      ctx,
      person.grants.map(({ workspaceId }) => workspaceId),
    );
    const rights = person.grants.map(({ workspaceId }) => {
      const access = accesses.get(workspaceId);
      if (!access) throw notFound();
      notBusy(access.workspace);
      return allowing(access, 'admin');
    });
    const found = await findItem(ctx, addressKey(ctx.actor.orgId, person.email));
    const address = found && parseAddress(found);
    return address?.userId
      ? addAtOnce(ctx, person, address.userId, rights)
      : inviteAnew(ctx, person, address, rights);
  });
}

type Person = z.output<typeof PersonInput>;

async function addAtOnce(
  ctx: UserContext,
  { email, grants }: Person,
  userId: NonNullable<Address['userId']>,
  rights: readonly Access[],
): Promise<Plan<Invited>> {
  const { orgId } = ctx.actor;
  const { limits } = await getOrganization(ctx, orgId);
  const keys = grants.map(({ workspaceId }) => membershipKey(orgId, workspaceId, userId));
  const present = new Set((await findItems(ctx, keys)).map((item) => parseMembership(item).workspaceId));
  const missing = grants.filter(({ workspaceId }) => !present.has(workspaceId));
  const added = rights.filter(({ workspace }) => !present.has(workspace.workspaceId));
  for (const { workspace } of added) withinMemberLimit(workspace.memberCount + 1, limits.membersPerWorkspace);
  return {
    answer: { email, status: 'added' },
    actions: missing.flatMap(({ workspaceId, role }, n) => [
      ...added.slice(n, n + 1).map((access) => rightHolds(ctx, access, 'admin')),
      check(workspaceKey(orgId, workspaceId), [
        workspaceIsActive,
        atMost('memberCount', limits.membersPerWorkspace - 1),
      ]),
      memberCounts(ctx, orgId, workspaceId, { members: 1, admins: role === 'admin' ? 1 : 0 }),
      ...memberActions(newMembership(ctx, { workspaceId, userId, role })),
    ]),
    events: missing.map(({ workspaceId, role }) => ({
      orgId,
      type: 'member.added',
      workspaceId,
      details: { userId, role },
    })),
  };
}

async function inviteAnew(
  ctx: UserContext,
  { email, grants }: Person,
  address: Address | undefined,
  rights: readonly Access[],
): Promise<Plan<Invited>> {
  const { orgId, userId } = ctx.actor;
  const earlier = await earlierInvitation(ctx, address);
  const pending = earlier && statusOf(ctx, earlier) === 'pending' ? earlier : undefined;
  const named = grants.map((grant): Grant => ({ ...grant, invitedBy: userId }));
  const kept = (pending?.grants ?? []).filter(
    (k) => !named.some(({ workspaceId }) => workspaceId === k.workspaceId),
  );
  const all = [...kept, ...named];
  if (all.length > mostGrants)
    throw new DomainError(
      'validation_failed',
      `With what they are invited to already, ${email} would have more than ${mostGrants} workspaces in one invitation.`,
      {
        extra: {
          errors: [{ pointer: '#/invitations', detail: `${email}: more than ${mostGrants} workspaces.` }],
        },
      },
    );
  const invitation = newInvitation(ctx, {
    orgId,
    email,
    grants: all,
    invitedBy: userId,
    organizationRole: pending?.organizationRole,
  });
  const { invitationId } = invitation;
  return {
    answer: { invitationId, email, status: 'invited' },
    actions: [
      ...rights.map((access) => rightHolds(ctx, access, 'admin')),
      ...rights.map(({ workspace }) =>
        check(workspaceKey(orgId, workspace.workspaceId), [workspaceIsActive]),
      ),
      put(addressItem(orgId, { email, invitationId }), {
        when: [address?.invitationId ? equals('invitationId', address.invitationId) : absent],
      }),
      put(invitationItem(invitation)),
      ...(earlier
        ? [remove(invitationKey(orgId, earlier.invitationId), { when: [equals('version', earlier.version)] })]
        : []),
    ],
    events: [{ orgId, type: 'invitation.created', details: { invitationId, email, grants: all } }],
  };
}

async function earlierInvitation(
  ctx: UserContext,
  address: Address | undefined,
): Promise<Invitation | undefined> {
  if (!address?.invitationId) return undefined;
  const item = await findItem(ctx, invitationKey(ctx.actor.orgId, address.invitationId));
  return item && parseInvitation(item);
}
