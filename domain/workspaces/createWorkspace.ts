import * as z from 'zod/mini';
import { accessTo, anyAdminHolds, callerOf, isAnyAdmin, rightHolds } from '../access/access.ts';
import { copiedDetails } from '../connections/copiedDetails.ts';
import { mostCopies, withinConnectionLimit } from '../connections/copyConnections.ts';
import { copyActions } from '../connections/copyPlan.ts';
import {
  type CopiesAtOnce,
  type CopyRequest,
  copyWork,
  planCopies,
  SourceInput,
} from '../connections/copyRequest.ts';
import { nothingPassedOver } from '../connections/passedOver.ts';
import { timestamp, type UserContext } from '../context.ts';
import { distinctList } from '../distinctList.ts';
import { forbidden, invalid } from '../errors.ts';
import type { DetailsOf } from '../events/eventDetails.ts';
import { UserId, WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { memberActions, newMembership, withinMemberLimit } from '../members/membership.ts';
import { planOperation } from '../operations/acceptOperation.ts';
import { summaryOf } from '../operations/getOperation.ts';
import type { WorkItem } from '../operations/operation.item.ts';
import type { Organization } from '../organizations/organization.item.ts';
import { getOrganization } from '../organizations/organization.ts';
import { takePlace, workspaceLimitReached } from '../organizations/workspaceLimit.ts';
import { type Action, put } from '../table/action.ts';
import { fits, type Plan, write } from '../table/write.ts';
import { nameOf, textOf } from '../text.ts';
import type { User } from '../users/user.item.ts';
import { membersFor } from './firstMembers.ts';
import { type Workspace, workspaceItem } from './workspace.item.ts';
import { viewWorkspace, type WorkspaceView } from './workspace.view.ts';

export const WorkspaceName = nameOf(100);
export const WorkspaceDescription = textOf(2_000);
export const MemberInput = z.strictObject({ userId: UserId, role: Role });
export type Member = z.output<typeof MemberInput>;

export const CreateWorkspace = z.strictObject({
  name: WorkspaceName,
  description: z.optional(WorkspaceDescription),
  fromWorkspaceId: z.optional(WorkspaceId),
  members: z.optional(distinctList(MemberInput, 10_000)),
  connections: z.optional(distinctList(SourceInput, 10_000)),
  copyAllConnectionsFrom: z.optional(z.array(WorkspaceId).check(z.maxLength(1_000))),
});
export type CreateWorkspace = z.output<typeof CreateWorkspace>;

/** What is decided before it is known whether one transaction holds it. */
type Draft = {
  user: User;
  organization: Organization;
  workspaceId: WorkspaceId;
  /** The right to see whom the members are taken from. */
  seesFrom: Action[];
  members: Member[];
  request: CopyRequest;
};

/**
 * Creates a workspace with its people and copies of connections, all or nothing: "All necessary connections and accounts
 * are automatically copied into the new workspace." The creator becomes an admin; `members` left out are those of
 * `fromWorkspaceId` with their roles. What one transaction can't hold is accepted whole and provisioned by an operation.
 * Throws `forbidden`, `workspace_limit_reached`, `member_limit_reached`, `connection_limit_reached`, `unknown_user`,
 * `validation_failed`, `not_found` and what `planCopies` throws.
 */
export async function createWorkspace(ctx: UserContext, input: CreateWorkspace): Promise<WorkspaceView> {
  let attempts = 0;
  return write(ctx, async () => {
    attempts += 1;
    const user = await callerOf(ctx);
    if (!isAnyAdmin(user)) throw forbidden('Only owners and admins create workspaces.');
    const organization = await getOrganization(ctx, ctx.actor.orgId);
    const atLimit = workspaceLimitReached(organization);
    if (atLimit) throw atLimit;
    const workspaceId = ctx.newId('wsp');
    const from = input.fromWorkspaceId ? await accessTo(ctx, input.fromWorkspaceId, 'viewer') : undefined;
    // That all of them stay is a condition: only when it failed is it worth reading who does.
    const members = await membersFor(ctx, input, from?.workspace, { isRepeated: attempts > 1 });
    const seesFrom = from ? [rightHolds(ctx, from, 'viewer')] : [];
    withinMemberLimit(members.length, organization.limits.membersPerWorkspace);
    const request = {
      sources: input.connections ?? [],
      sourcesPointer: '#/connections',
      allFrom: input.copyAllConnectionsFrom ?? [],
      allFromPointer: '#/copyAllConnectionsFrom',
    };
    const draft = { user, organization, workspaceId, seesFrom, members, request };
    const copies = await planCopies(ctx, { workspaceId, isNew: true }, request, mostCopies);
    const direct = copies && (await directPlan(ctx, input, draft, copies));
    return direct && fits(ctx, direct) ? direct : operationPlan(ctx, input, draft);
  });
}

async function directPlan(
  ctx: UserContext,
  input: CreateWorkspace,
  draft: Draft,
  copyPlan: CopiesAtOnce,
): Promise<Plan<WorkspaceView>> {
  const { copies } = copyPlan;
  const { organization, workspaceId, members } = draft;
  withinConnectionLimit(copies.length, organization.limits.connectionsPerWorkspace);
  const workspace = newWorkspace(ctx, workspaceId, input, {
    memberCount: members.length,
    adminCount: members.filter(({ role }) => role === 'admin').length,
    connectionCount: copies.length,
  });
  return {
    answer: viewWorkspace(workspace, roleOf(draft)),
    actions: [
      anyAdminHolds(ctx),
      ...draft.seesFrom,
      takePlace(organization),
      put(workspaceItem(workspace)),
      ...members.flatMap((member) => memberActions(newMembership(ctx, { workspaceId, ...member }))),
      ...copies.flatMap((planned) => copyActions(ctx, planned)),
    ],
    events: [created(workspace, { members, connections: await copiedDetails(ctx, copyPlan) })],
  };
}

async function operationPlan(
  ctx: UserContext,
  input: CreateWorkspace,
  draft: Draft,
): Promise<Plan<WorkspaceView>> {
  const { organization, workspaceId, members, request } = draft;
  const [creator, ...others] = members;
  if (!creator) throw new Error('Who creates a workspace is its first member.');
  let connections = 0;
  const passedOver = nothingPassedOver();
  const copies = copyWork(ctx, { workspaceId, isNew: true }, request, passedOver, (count) => {
    connections += count;
    withinConnectionLimit(connections, organization.limits.connectionsPerWorkspace);
  });
  const people = others.map((member): WorkItem => ({ kind: 'member', ...member }));
  const { operation, accept } = await planOperation(
    ctx,
    { kind: 'workspace.create', workspaceId },
    chain(people, copies),
    passedOver,
  );
  const workspace: Workspace = {
    ...newWorkspace(ctx, workspaceId, input, { memberCount: 1, adminCount: 1, connectionCount: 0 }),
    status: 'provisioning',
    operationId: operation.operationId,
  };
  return {
    answer: { ...viewWorkspace(workspace, roleOf(draft)), operation: summaryOf(operation) },
    actions: [
      anyAdminHolds(ctx),
      ...draft.seesFrom,
      takePlace(organization),
      put(workspaceItem(workspace)),
      ...memberActions(newMembership(ctx, { workspaceId, ...creator })),
      ...accept,
    ],
    events: [
      created(workspace, {
        operationId: operation.operationId,
        memberCount: members.length,
        connectionCount: connections,
      }),
    ],
  };
}

async function* chain(first: WorkItem[], rest: AsyncIterable<WorkItem[]>): AsyncGenerator<WorkItem[]> {
  yield first;
  yield* rest;
}

function roleOf({ user }: Draft): 'owner' | 'admin' {
  return user.organizationRole === 'owner' ? 'owner' : 'admin';
}

function created(
  { orgId, workspaceId, name }: Workspace,
  details: Omit<DetailsOf<'workspace.created'>, 'name'>,
) {
  return { orgId, type: 'workspace.created' as const, workspaceId, details: { name, ...details } };
}

function newWorkspace(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  input: CreateWorkspace,
  counts: Pick<Workspace, 'memberCount' | 'adminCount' | 'connectionCount'>,
): Workspace {
  const at = timestamp(ctx);
  return {
    orgId: ctx.actor.orgId,
    workspaceId,
    name: input.name,
    description: input.description ?? '',
    status: 'active',
    ...counts,
    copiesElsewhere: 0,
    createdAt: at,
    createdBy: ctx.actor.userId,
    updatedAt: at,
    version: 1,
  };
}

/** 400 where a list names somebody or something twice, or again what another list names. */
export function refuseTwice<T>(
  named: readonly T[],
  pointer: string,
  idOf: (item: T) => string,
  elsewhere: readonly string[] = [],
): void {
  const seen = new Set<string>(elsewhere);
  const faults = named.flatMap((item, n) => {
    const isTwice = seen.has(idOf(item));
    seen.add(idOf(item));
    return isTwice ? [{ pointer: `${pointer}/${n}`, detail: 'This is named twice.' }] : [];
  });
  if (faults.length > 0) throw invalid(...faults);
}
