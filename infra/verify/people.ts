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
    const { userId, login, organizationRole, workspaceCount, adminCount, email, otherEmails } = user;
    const emails = [email, ...otherEmails];
    return {
      keys: userItem(user),
      keep: ({ people }) =>
        people.set(userId, { userId, login, organizationRole, workspaceCount, adminCount, emails }),
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

/** Each person: what they count; and that every member is one. */
export const peopleChecks: readonly Check[] = [
  { needs: ['user', 'membership'], find: membershipCounts },
  { needs: ['user'], find: nobodies },
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
