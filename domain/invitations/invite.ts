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
import { memberPrefix, membershipKey, parseMembership, Role } from '../members/member.item.ts';
import { memberActions, memberCounts, newMembership, withinMemberLimit } from '../members/membership.ts';
import { getOrganization } from '../organizations/organization.ts';
import { check, put, remove } from '../table/action.ts';
import { findItem, findItems, type Item } from '../table/client.ts';
import { absent, atMost, equals } from '../table/condition.ts';
import { partsOf, recall, remember } from '../table/idempotency.ts';
import { Stale, transact } from '../table/transact.ts';
import { type Plan, write } from '../table/write.ts';
import { type Address, addressKey, parseAddress } from '../users/address.item.ts';
import { parseUser, userKey, userPrefix } from '../users/user.item.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { canBeAccepted } from './canBeAccepted.ts';
import {
  type Grant,
  type Invitation,
  invitationItem,
  invitationKey,
  parseInvitation,
} from './invitation.item.ts';
import { statusOf } from './invitation.view.ts';
import { invitationEvent, invitedAddress, newInvitation } from './newInvitation.ts';

const GrantInput = z.strictObject({ workspaceId: WorkspaceId, role: Role });
const distinct = (grants: { workspaceId: string }[]) =>
  new Set(grants.map(({ workspaceId }) => workspaceId)).size === grants.length;

export const PersonInput = z.strictObject({
  email: Email,
  grants: z
    .array(GrantInput)
    .check(z.minLength(1), z.maxLength(20), z.refine(distinct, 'names a workspace twice'))
    .register(z.globalRegistry, { uniqueItems: true }),
});
export const Invite = z.strictObject({
  invitations: z
    .array(PersonInput)
    .check(
      z.minLength(1),
      z.maxLength(50),
      z.refine(
        (people) => new Set(people.map(({ email }) => email)).size === people.length,
        'names an email twice',
      ),
    )
    .register(z.globalRegistry, { uniqueItems: true }),
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
 * invited already gets one fresh invitation with all grants. Everything is checked for everybody before the first is
 * written; each person is then one transaction. Who can't be invited after all, because something changed in between,
 * is reported as `failed` and undoes nobody else.
 * Throws `not_found`, `forbidden`, `workspace_busy`, `member_limit_reached`, `validation_failed`; `unknown_user` for
 * somebody who is just being removed from the organization.
 */
export async function invite(
  ctx: UserContext,
  { invitations }: z.output<typeof Invite>,
): Promise<{ items: Invited[] }> {
  const known = await recall(ctx);
  // The record holds what this very function answered under this key and request fingerprint.
  if (known) return known.answer as { items: Invited[] };
  const { part, settle } = partsOf(ctx);
  const parts = invitations.map((person) => ({ person, own: part(person.email) }));
  if (parts.length > 1)
    for (const { person, own } of parts) if (!(await recall(own))) await planOne(own, person);
  const items: Invited[] = [];
  for (const { person, own } of parts) items.push(await inviteOne(own, person, parts.length > 1));
  settle();
  return ctx.idempotency && !ctx.idempotency.replayed ? settled(ctx, { items }) : { items };
}

/** The answer of the whole request, once all of its parts are written: the first one that was remembered. */
async function settled(ctx: UserContext, answer: { items: Invited[] }): Promise<{ items: Invited[] }> {
  try {
    await transact(ctx, remember(ctx, answer));
    return answer;
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    // The same request, sent twice at once, has settled it.
    const first = await recall(ctx);
    return first ? (first.answer as { items: Invited[] }) : answer;
  }
}

async function inviteOne(ctx: UserContext, person: Person, isOneOfMany: boolean): Promise<Invited> {
  try {
    return await write(ctx, () => planOne(ctx, person));
  } catch (error) {
    if (!(error instanceof DomainError) || !isOneOfMany || error.code === 'idempotency_key_reused')
      throw error;
    return { email: person.email, status: 'failed', code: error.code, detail: error.message };
  }
}

async function planOne(ctx: UserContext, person: Person): Promise<Plan<Invited>> {
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
  const items = await findItems(ctx, [userKey(orgId, userId), ...keys]);
  refuseLeaving(email, items);
  const memberships = items.filter(({ sk }) => sk.startsWith(memberPrefix)).map(parseMembership);
  const present = new Set(memberships.map(({ workspaceId }) => workspaceId));
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

/** Whoever is leaving keeps their address until they are out: it can't be given to an invitation before. */
function refuseLeaving(email: string, items: readonly Item[]): void {
  const person = items.find(({ sk }) => sk.startsWith(userPrefix));
  if (person && parseUser(person).leaving)
    throw new DomainError(
      'unknown_user',
      `${email} is just being removed from the organization; invite them again when that is done.`,
      { extra: { errors: [{ pointer: '#/invitations', detail: `${email} is being removed.` }] } },
    );
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
  if (!canBeAccepted(all))
    throw new DomainError(
      'validation_failed',
      `With what they are invited to already, ${email} would have more workspaces, by more people, than one invitation holds.`,
      {
        extra: {
          errors: [{ pointer: '#/invitations', detail: `${email}: too many workspaces in one invitation.` }],
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
      put(invitedAddress(invitation), {
        when: [address ? equals('invitationId', address.invitationId) : absent],
      }),
      put(invitationItem(invitation)),
      ...(earlier
        ? [remove(invitationKey(orgId, earlier.invitationId), { when: [equals('version', earlier.version)] })]
        : []),
    ],
    events: [invitationEvent('invitation.created', invitation)],
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
