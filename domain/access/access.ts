import type { Context, UserContext } from '../context.ts';
import { DomainError, forbidden, notFound } from '../errors.ts';
import type { OperationId, WorkspaceId } from '../ids.ts';
import { type Membership, membershipKey, parseMembership, type Role } from '../members/member.item.ts';
import { type Action, check } from '../table/action.ts';
import { findItems, type Item, type Key } from '../table/client.ts';
import { above, type Condition, differs, either, equals, oneOf } from '../table/condition.ts';
import { isPresent, parseUser, type User, userKey } from '../users/user.item.ts';
import { parseWorkspace, type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';

/** What somebody is in a workspace; an owner of the organization is more than an admin of each. */
export type EffectiveRole = 'owner' | Role;

/** A workspace that the caller sees, and what they are there. */
export type Access = {
  user: User;
  workspace: Workspace;
  membership: Membership | undefined;
  role: EffectiveRole;
};

/** Roles that include the rights of the key. */
const including: Record<Role, readonly Role[]> = {
  viewer: ['viewer', 'editor', 'admin'],
  editor: ['editor', 'admin'],
  admin: ['admin'],
};

/** The caller as a person of the organization. Throws `no_organization` when they no longer are one, or are leaving. */
export async function callerOf(ctx: UserContext): Promise<User> {
  const [item] = await findItems(ctx, [userKey(ctx.actor.orgId, ctx.actor.userId)]);
  return presentUser(item);
}

function presentUser(item: Item | undefined): User {
  const user = item && parseUser(item);
  if (!user || user.leaving) throw noOrganization();
  return user;
}

export function noOrganization(): DomainError {
  return new DomainError('no_organization', 'You are not in an organization, or no longer in this one.');
}

/** One workspace with at least `need` there. Throws `not_found` when the caller does not see it, else `forbidden`. */
export async function accessTo(ctx: UserContext, workspaceId: WorkspaceId, need: Role): Promise<Access> {
  const access = (await accessToMany(ctx, [workspaceId])).get(workspaceId);
  if (!access) throw notFound();
  return allowing(access, need);
}

/** The access itself when it allows `need`; else `forbidden`. */
export function allowing(access: Access, need: Role): Access {
  if (!allows(access, need)) throw forbidden();
  return access;
}

export function allows({ role }: Access, need: Role): boolean {
  return role === 'owner' || including[need].includes(role);
}

/** Those of the workspaces that the caller sees, in one consistent batch (1 + 2 reads a workspace). */
export async function accessToMany(
  ctx: UserContext,
  workspaceIds: readonly WorkspaceId[],
): Promise<Map<WorkspaceId, Access>> {
  const { orgId, userId } = ctx.actor;
  const items = await findItems(ctx, [
    userKey(orgId, userId),
    ...workspaceIds.flatMap((id) => [workspaceKey(orgId, id), membershipKey(orgId, id, userId)]),
  ]);
  const byKey = new Map(items.map((item) => [`${item.pk} ${item.sk}`, item]));
  const at = ({ pk, sk }: Key) => byKey.get(`${pk} ${sk}`);
  const user = presentUser(at(userKey(orgId, userId)));
  const seen = new Map<WorkspaceId, Access>();
  for (const id of workspaceIds) {
    const workspaceItem = at(workspaceKey(orgId, id));
    const membershipItem = at(membershipKey(orgId, id, userId));
    const membership = membershipItem && parseMembership(membershipItem);
    const role = user.organizationRole === 'owner' ? 'owner' : membership?.role;
    if (workspaceItem && role)
      seen.set(id, { user, workspace: parseWorkspace(workspaceItem), membership, role });
  }
  return seen;
}

/** The right, as a condition of the transaction that uses it. */
export function rightHolds(ctx: UserContext, { role, workspace }: Access, need: Role): Action {
  const { orgId, userId } = ctx.actor;
  if (role === 'owner') return check(userKey(orgId, userId), [equals('organizationRole', 'owner')]);
  return check(membershipKey(orgId, workspace.workspaceId, userId), [oneOf('role', including[need])]);
}

/** Whoever of the organization writes is in it when the write happens, as a condition of each of their transactions. */
export function callerIsPresent({ actor }: Pick<Context, 'actor'>): Action[] {
  return actor.kind === 'user' ? [check(userKey(actor.orgId, actor.userId), [isPresent])] : [];
}

/** Owners, and admins of at least one workspace, create workspaces and see the organization's people. */
export function isAnyAdmin({ organizationRole, adminCount }: User): boolean {
  return organizationRole === 'owner' || adminCount > 0;
}

export function anyAdminHolds(ctx: UserContext): Action {
  return check(userKey(ctx.actor.orgId, ctx.actor.userId), [
    either(equals('organizationRole', 'owner'), above('adminCount', 0)),
  ]);
}

/** Writes wait for the operation that works on a workspace, which itself goes on. Throws `workspace_busy`. */
export function notBusy({ operationId, status }: Workspace, working?: OperationId): void {
  if (status !== 'active' && (working === undefined || operationId !== working))
    throw new DomainError(
      'workspace_busy',
      'An operation is working on this workspace; try again when it is done.',
      {
        extra: { operationId },
      },
    );
}

/** The workspace stands and nothing works on it, as a condition. */
export const workspaceIsActive = equals('status', 'active');

/** Copying out of a workspace changes nothing in it: only one that is being deleted refuses. Throws `workspace_busy`. */
export function notBeingDeleted(workspace: Workspace): void {
  if (workspace.status === 'deleting') notBusy(workspace);
}

/** The workspace stands and is not being deleted, as a condition. */
export const workspaceStays = differs('status', 'deleting');

/** The workspace stands and nothing else works on it, as a condition. */
export function freeFor(working: OperationId | undefined): Condition {
  return working ? equals('operationId', working) : workspaceIsActive;
}
