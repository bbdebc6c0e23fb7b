import * as z from 'zod/mini';
import { OperationId, OrgId, UserId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import { allOf, type Condition, exists, lacks } from '../table/condition.ts';

const stored = z.object({
  orgId: OrgId,
  userId: UserId,
  /** The login at the identity provider (`sub`). */
  login: z.string(),
  /** As verified by the identity provider, in lower case. */
  email: z.string(),
  /** Further addresses under which they were invited. DynamoDB has no empty set: absent until there is one. */
  otherEmails: z._default(z.set(z.string()), new Set()),
  name: z.string(),
  organizationRole: z.enum(['owner', 'member']),
  /** Memberships, counted here so that a person's standing is one consistent read. */
  workspaceCount: z.int(),
  adminCount: z.int(),
  /** The operation that takes them out of the organization. From then on they are treated as gone. */
  leaving: z.optional(OperationId),
  joinedAt: z.string(),
  version: z.int(),
});
export type User = z.output<typeof stored>;

export function userKey(orgId: OrgId, userId: UserId): Key {
  return { pk: `ORG#${orgId}`, sk: `${userPrefix}${userId}` };
}

export const userPrefix = 'USER#';

export function userItem(user: User): Item {
  const { otherEmails, ...rest } = user;
  return { ...userKey(user.orgId, user.userId), ...rest, ...(otherEmails.size > 0 && { otherEmails }) };
}

/** The person is in the organization and not leaving it, as a condition: of what they do and of what they are given. */
export const isPresent: Condition = allOf([exists, lacks('leaving')]);

export function parseUser(item: unknown): User {
  return z.parse(stored, item);
}
