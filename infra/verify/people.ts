import { membershipItem, parseMembership } from '../../domain/members/member.item.ts';
import { parseUser, userItem } from '../../domain/users/user.item.ts';
import { type Check, type Kind, miscounted } from './check.ts';
import type { Finding } from './invariant.ts';
import type { Roles, Tenant } from './tenant.ts';
import { standsIn } from './told.ts';

/** A person in an organization. */
export const personKind: Kind = {
  name: 'user',
  at: /^ORG#[^#]+ USER#/,
  read(item) {
    const user = parseUser(item);
    const { userId, login, organizationRole, workspaceCount, adminCount, leaving } = user;
    const emails = [user.email, ...user.otherEmails];
    return {
      keys: userItem(user),
      keep: ({ people }) =>
        people.set(userId, { userId, login, organizationRole, workspaceCount, adminCount, leaving, emails }),
    };
  },
};

/** A membership; only counted. */
export const membershipKind: Kind = {
  name: 'membership',
  at: /^ORG#[^#]+#WORKSPACE#[^#]+ MEMBER#/,
  read(item) {
    const membership = parseMembership(item);
    const { workspaceId, userId, role } = membership;
    return {
      keys: membershipItem(membership),
      keep: ({ members, memberships, told }) => {
        count(members, workspaceId, role);
        count(memberships, userId, role);
        standsIn(told, workspaceId, userId);
      },
    };
  },
};

function count(by: Map<string, Roles>, id: string, role: string): void {
  const { all, admins } = by.get(id) ?? { all: 0, admins: 0 };
  by.set(id, { all: all + 1, admins: admins + (role === 'admin' ? 1 : 0) });
}

/** Each person: what they count, that every member is one, and that who leaves is being taken out. */
export const peopleChecks: readonly Check[] = [
  { needs: ['user', 'membership'], find: membershipCounts },
  { needs: ['user'], find: nobodies },
  { needs: ['user', 'identity', 'operation'], find: leavers },
];

function* membershipCounts({ people, memberships }: Tenant): Generator<Finding> {
  for (const { userId, workspaceCount, adminCount } of people.values()) {
    const { all, admins } = memberships.get(userId) ?? { all: 0, admins: 0 };
    yield* miscounted('person_workspace_count', userId, workspaceCount, all);
    yield* miscounted('person_admin_count', userId, adminCount, admins);
  }
}

/** One finding for who is gone, however many workspaces they are still in. */
function* nobodies({ people, memberships }: Tenant): Generator<Finding> {
  for (const [userId, { all }] of memberships)
    if (!people.has(userId))
      yield { invariant: 'member_is_nobody', subject: userId, detail: `is a member of ${all} workspaces` };
}

/** Whoever leaves does so as long as the operation runs that takes them out, owns nothing, and their login leads nowhere. */
function* leavers({ people, identities, operations }: Tenant): Generator<Finding> {
  for (const { userId, login, organizationRole, leaving } of people.values()) {
    const isMarked = identities.get(login)?.leaving === leaving;
    const operation = leaving && operations.get(leaving);
    const isRemoval =
      operation?.kind === 'user.remove' && operation.userId === userId && operation.state === 'running';
    const detail =
      leaving && !isRemoval
        ? `is leaving by ${leaving}, which does not take them out`
        : leaving && organizationRole === 'owner'
          ? `is leaving by ${leaving} and is an owner`
          : isMarked
            ? undefined
            : `is leaving by ${leaving ?? 'nothing'}, their login by another`;
    if (detail) yield { invariant: 'leaving', subject: userId, detail };
  }
  for (const { operationId, kind, userId, state } of operations.values()) {
    if (kind !== 'user.remove' || state !== 'running') continue;
    const person = userId && people.get(userId);
    const detail = `takes out ${userId ?? 'nobody'}, who is ${person ? 'not leaving by it' : 'gone'}`;
    if (!person || person.leaving !== operationId)
      yield { invariant: 'leaving', subject: operationId, detail };
  }
}
