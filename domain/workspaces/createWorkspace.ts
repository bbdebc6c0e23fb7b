import * as z from 'zod/mini';
import { accessTo, anyAdminHolds, callerOf, isAnyAdmin } from '../access/access.ts';
import { connectionItems, withinConnectionLimit } from '../connections/copyConnections.ts';
import { planCopies, SourceInput } from '../connections/copyPlan.ts';
import { timestamp, type UserContext } from '../context.ts';
import { DomainError, forbidden, invalid } from '../errors.ts';
import { UserId, WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { memberActions, newMembership, withinMemberLimit } from '../members/membership.ts';
import { membersOf, refuseUnknown } from '../members/people.ts';
import { type Organization, organizationKey, parseOrganization } from '../organizations/organization.item.ts';
import { getOrganization } from '../organizations/organization.ts';
import { put, update } from '../table/action.ts';
import type { Item } from '../table/client.ts';
import { below } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { type Workspace, workspaceItem } from './workspace.item.ts';
import { viewWorkspace, type WorkspaceView } from './workspace.view.ts';

export const WorkspaceName = z.string().check(z.trim(), z.minLength(1), z.maxLength(100));
export const WorkspaceDescription = z.string().check(z.trim(), z.maxLength(2_000));
export const MemberInput = z.strictObject({ userId: UserId, role: Role });

export const CreateWorkspace = z.strictObject({
  name: WorkspaceName,
  description: z.optional(WorkspaceDescription),
  fromWorkspaceId: z.optional(WorkspaceId),
  members: z.optional(z.array(MemberInput).check(z.maxLength(5_000))),
  connections: z.optional(z.array(SourceInput).check(z.maxLength(10_000))),
  copyAllConnectionsFrom: z.optional(z.array(WorkspaceId).check(z.maxLength(100))),
});
export type CreateWorkspace = z.output<typeof CreateWorkspace>;

/**
 * Creates a workspace with its people and copies of connections, all or nothing: "All necessary connections and accounts
 * are automatically copied into the new workspace." The creator becomes an admin; `members` left out are those of
 * `fromWorkspaceId` with their roles.
 * Throws `forbidden`, `workspace_limit_reached`, `member_limit_reached`, `connection_limit_reached`, `unknown_user`,
 * `validation_failed`, `not_found` and what `planCopies` throws. Access pattern W1 of docs/data-model.md.
 */
export async function createWorkspace(ctx: UserContext, input: CreateWorkspace): Promise<WorkspaceView> {
  return write(ctx, async () => {
    const user = await callerOf(ctx);
    if (!isAnyAdmin(user)) throw forbidden('Only owners and admins create workspaces.');
    const organization = await getOrganization(ctx, ctx.actor.orgId);
    refuseAtLimit(organization);
    const workspaceId = ctx.newId('wsp');
    const members = await membersFor(ctx, input);
    const plan = await planCopies(
      ctx,
      { workspaceId, isNew: true },
      {
        sources: input.connections ?? [],
        sourcesPointer: '#/connections',
        allFrom: input.copyAllConnectionsFrom ?? [],
        allFromPointer: '#/copyAllConnectionsFrom',
      },
    );
    withinMemberLimit(members.length, organization.limits.membersPerWorkspace);
    withinConnectionLimit(plan.copies.length, organization.limits.connectionsPerWorkspace);
    const workspace = newWorkspace(ctx, workspaceId, input, members, plan.copies.length);
    return {
      answer: viewWorkspace(workspace, user.organizationRole === 'owner' ? 'owner' : 'admin'),
      actions: [
        anyAdminHolds(ctx),
        takePlace(organization),
        put(workspaceItem(workspace)),
        ...members.flatMap((member) => memberActions(newMembership(ctx, { workspaceId, ...member }))),
        ...connectionItems(ctx, plan),
      ],
      events: [
        {
          orgId: ctx.actor.orgId,
          type: 'workspace.created',
          workspaceId,
          details: {
            name: workspace.name,
            members,
            connections: plan.copies.map(({ copy, source }) => ({
              connectionId: copy.connectionId,
              parentId: source.connectionId,
            })),
          },
        },
      ],
    };
  });
}

function newWorkspace(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  input: CreateWorkspace,
  members: readonly z.output<typeof MemberInput>[],
  connectionCount: number,
): Workspace {
  const at = timestamp(ctx);
  return {
    orgId: ctx.actor.orgId,
    workspaceId,
    name: input.name,
    description: input.description ?? '',
    status: 'active',
    memberCount: members.length,
    adminCount: members.filter(({ role }) => role === 'admin').length,
    connectionCount,
    copiesElsewhere: 0,
    createdAt: at,
    createdBy: ctx.actor.userId,
    updatedAt: at,
    version: 1,
  };
}

/** The creator first, then everybody else once. */
async function membersFor(ctx: UserContext, input: CreateWorkspace): Promise<z.output<typeof MemberInput>[]> {
  const { userId } = ctx.actor;
  const named = input.members ?? [];
  const ids = named.map((member) => member.userId);
  const faults = named.flatMap((member, n) => [
    ...(member.userId === userId && member.role !== 'admin'
      ? [{ pointer: `#/members/${n}/role`, detail: 'Who creates a workspace is an admin of it.' }]
      : []),
    ...(ids.indexOf(member.userId) < n
      ? [{ pointer: `#/members/${n}`, detail: 'This person is named twice.' }]
      : []),
  ]);
  if (faults.length > 0) throw invalid(...faults);
  await refuseUnknown(ctx, ids, '#/members');
  const from = input.fromWorkspaceId && (await accessTo(ctx, input.fromWorkspaceId, 'viewer'));
  const preselected =
    input.members || !from
      ? named
      : (await membersOf(ctx, from.workspace.workspaceId)).map((member) => ({
          userId: member.userId,
          role: member.role,
        }));
  return [{ userId, role: 'admin' }, ...preselected.filter((member) => member.userId !== userId)];
}

/** The words of the product's documentation. */
const workspaceLimitDetail =
  'Please reach out to your Customer Success Manager or our Support Team to increase the workspaces limit.';

/** 409 at the limit, as POST answers it and as the draft foretells it. */
export function workspaceLimitReached({ workspaceCount, limits }: Organization): DomainError | undefined {
  if (workspaceCount < limits.workspaces) return undefined;
  return new DomainError('workspace_limit_reached', workspaceLimitDetail, {
    extra: { limit: limits.workspaces, used: workspaceCount },
  });
}

function refuseAtLimit(organization: Organization): void {
  const error = workspaceLimitReached(organization);
  if (error) throw error;
}

/** One more workspace, never above the limit whoever creates at the same time. */
function takePlace({ orgId }: Organization) {
  return update(
    organizationKey(orgId),
    { add: { workspaceCount: 1, version: 1 } },
    { when: [below('workspaceCount', 'limits.workspaces')], failed: limitAsFound },
  );
}

function limitAsFound(found: Item | undefined): DomainError | undefined {
  return found && workspaceLimitReached(parseOrganization(found));
}
