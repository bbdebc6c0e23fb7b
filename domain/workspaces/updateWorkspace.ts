import * as z from 'zod/mini';
import { type Access, accessTo, allowing, notBusy, rightHolds } from '../access/access.ts';
import { copiedEvents } from '../connections/copiedDetails.ts';
import { addConnections, mostCopies, withinConnectionLimit } from '../connections/copyConnections.ts';
import { copyActions } from '../connections/copyPlan.ts';
import {
  type CopiesAtOnce,
  type CopyRequest,
  copyWork,
  planCopies,
  SourceInput,
} from '../connections/copyRequest.ts';
import { planDeletion } from '../connections/deleteConnection.ts';
import { nothingPassedOver } from '../connections/passedOver.ts';
import { AccountSelection } from '../connections/updateConnection.ts';
import type { UserContext } from '../context.ts';
import { distinctList } from '../distinctList.ts';
import { notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import { ConnectionId, UserId, WorkspaceId } from '../ids.ts';
import { type PlannedMembers, planMembers } from '../members/memberChanges.ts';
import { refuseNonMembers, refuseUnknown } from '../members/people.ts';
import { planOperation } from '../operations/acceptOperation.ts';
import { summaryOf } from '../operations/getOperation.ts';
import type { WorkItem } from '../operations/operation.item.ts';
import type { Limits } from '../organizations/organization.item.ts';
import { getOrganization } from '../organizations/organization.ts';
import type { Action } from '../table/action.ts';
import { fits, type Plan, write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { afterwards } from './afterwards.ts';
import { MemberInput, refuseTwice, WorkspaceDescription, WorkspaceName } from './createWorkspace.ts';
import { type PlannedSelections, planSelections } from './planSelections.ts';
import { renamed } from './renamed.ts';
import { startOperation } from './startOperation.ts';
import { viewWorkspace, type WorkspaceView } from './workspace.view.ts';

export const UpdateWorkspace = z.strictObject({
  name: z.optional(WorkspaceName),
  description: z.optional(WorkspaceDescription),
  members: z.optional(
    z.strictObject({
      set: z.optional(distinctList(MemberInput, 10_000)),
      remove: z.optional(distinctList(UserId, 10_000)),
    }),
  ),
  connections: z.optional(
    z.strictObject({
      add: z.optional(distinctList(SourceInput, 10_000)),
      addAllFrom: z.optional(z.array(WorkspaceId).check(z.maxLength(1_000))),
      remove: z.optional(distinctList(ConnectionId, 10_000)),
      accounts: z.optional(
        distinctList(z.strictObject({ connectionId: ConnectionId, accountIds: AccountSelection }), 10_000),
      ),
    }),
  ),
});
export type UpdateWorkspace = z.output<typeof UpdateWorkspace>;

/** Everything that was decided, on one state of the workspace. */
type Decided = {
  access: Access;
  limits: Limits;
  members: PlannedMembers;
  removal: { actions: Action[]; events: EventDraft[] };
  selections: PlannedSelections;
  request: CopyRequest;
};

/**
 * The edit screen's one "Update workspace": name, description, people, connections and accounts, applied as one. What one
 * transaction can't hold is accepted whole as an operation, after every refusal that can be foreseen.
 * Editors may send `connections` alone. Throws what the single changes throw, and `version_mismatch`.
 */
export async function updateWorkspace(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  input: UpdateWorkspace,
  expectedVersion?: ExpectedVersion,
): Promise<WorkspaceView> {
  return write(ctx, async () => {
    const access = allowing(await accessTo(ctx, workspaceId, 'viewer'), needed(input));
    notBusy(access.workspace);
    expectVersion(expectedVersion, access.workspace.version);
    const decided = await decide(ctx, access, input);
    const target = { workspaceId, isNew: false };
    const copies = await planCopies(ctx, target, decided.request, mostCopies);
    const direct = copies && (await directPlan(ctx, input, decided, copies));
    return direct && fits(ctx, direct) ? direct : operationPlan(ctx, input, decided);
  });
}

/** What the caller is afterwards: they may have changed their own role. */
function roleAfter(ctx: UserContext, { role }: Access, { members }: UpdateWorkspace): Access['role'] {
  const own = members?.set?.find(({ userId }) => userId === ctx.actor.userId);
  return role === 'owner' || !own ? role : own.role;
}

function needed({ name, description, members, connections }: UpdateWorkspace): 'editor' | 'admin' {
  const isConnectionsAlone =
    connections !== undefined && [name, description, members].every((part) => part === undefined);
  return isConnectionsAlone ? 'editor' : 'admin';
}

async function decide(ctx: UserContext, access: Access, input: UpdateWorkspace): Promise<Decided> {
  const { members: people = {}, connections = {} } = input;
  const set = people.set ?? [];
  const leaving = people.remove ?? [];
  const removed = connections.remove ?? [];
  const reselected = connections.accounts ?? [];
  refuseTwice(set, '#/members/set', ({ userId }) => userId);
  refuseTwice(
    leaving,
    '#/members/remove',
    (id) => id,
    set.map(({ userId }) => userId),
  );
  refuseTwice(removed, '#/connections/remove', (id) => id);
  refuseTwice(reselected, '#/connections/accounts', ({ connectionId }) => connectionId, removed);
  await refuseUnknown(
    ctx,
    set.map(({ userId }) => userId),
    '#/members/set',
  );
  await refuseNonMembers(ctx, access.workspace.workspaceId, leaving, '#/members/remove');
  const { limits } = await getOrganization(ctx, ctx.actor.orgId);
  const removal = await planDeletion(ctx, access.workspace, removed);
  if (removal.missing.length > 0) throw notFound();
  return {
    access,
    limits,
    members: await planMembers(
      ctx,
      access,
      { set, remove: leaving },
      { memberLimit: limits.membersPerWorkspace },
    ),
    removal,
    selections: await planSelections(ctx, access.workspace, reselected),
    request: {
      sources: connections.add ?? [],
      sourcesPointer: '#/connections/add',
      allFrom: connections.addAllFrom ?? [],
      allFromPointer: '#/connections/addAllFrom',
    },
  };
}

async function directPlan(
  ctx: UserContext,
  input: UpdateWorkspace,
  decided: Decided,
  copyPlan: CopiesAtOnce,
): Promise<Plan<WorkspaceView>> {
  const { copies } = copyPlan;
  const { access, limits, members, removal, selections } = decided;
  const { workspaceId, connectionCount } = access.workspace;
  const limit = limits.connectionsPerWorkspace;
  const removedCount = input.connections?.remove?.length ?? 0;
  if (copies.length > 0) withinConnectionLimit(connectionCount - removedCount + copies.length, limit);
  const changes = [
    ...members.actions,
    ...removal.actions,
    ...selections.actions,
    ...(copies.length > 0
      ? [addConnections(ctx, workspaceId, copies.length, { limit: limit + removedCount })]
      : []),
    ...copies.flatMap((planned) => copyActions(ctx, planned)),
  ];
  const renaming = renamed(ctx, access.workspace, input, { also: changes.length > 0 });
  const actions = [...renaming.actions, ...changes];
  return {
    answer: viewWorkspace(afterwards(access.workspace, actions), roleAfter(ctx, access, input)),
    actions: actions.length > 0 ? [rightHolds(ctx, access, needed(input)), ...actions] : [],
    events: [
      ...renaming.events,
      ...members.events,
      ...removal.events,
      ...selections.events,
      ...(await copiedEvents(ctx, access.workspace, copyPlan)),
    ],
  };
}

async function operationPlan(
  ctx: UserContext,
  input: UpdateWorkspace,
  decided: Decided,
): Promise<Plan<WorkspaceView>> {
  const { access, limits, request } = decided;
  const { workspace } = access;
  const { orgId, workspaceId, connectionCount } = workspace;
  const passedOver = nothingPassedOver();
  let count = connectionCount - (input.connections?.remove?.length ?? 0);
  const copies = copyWork(ctx, { workspaceId, isNew: false }, request, passedOver, (more) => {
    count += more;
    if (more > 0) withinConnectionLimit(count, limits.connectionsPerWorkspace);
  });
  const work = workOf(ctx, workspaceId, input, decided.selections, copies);
  const asked = { kind: 'workspace.update' as const, workspaceId };
  const { operation, accept } = await planOperation(ctx, asked, work, passedOver);
  const { name = workspace.name, description = workspace.description } = input;
  const start = startOperation(ctx, workspace, operation, 'updating', { texts: { name, description } });
  const { operationId } = operation;
  return {
    answer: {
      ...viewWorkspace(afterwards(workspace, [start]), access.role),
      operation: summaryOf(operation),
    },
    actions: [rightHolds(ctx, access, needed(input)), start, ...accept],
    events: [
      {
        orgId,
        type: 'workspace.updated',
        workspaceId,
        details: {
          before: { name: workspace.name, description: workspace.description },
          after: { name, description },
          operationId,
        },
      },
    ],
  };
}

/**
 * In an order in which every step may be taken: first who comes in or becomes an admin, then the connections, then who is
 * demoted or goes, and last of all the caller, whose rights the other steps need.
 */
async function* workOf(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  { members = {}, connections = {} }: UpdateWorkspace,
  selections: PlannedSelections,
  copies: AsyncIterable<WorkItem[]>,
): AsyncGenerator<WorkItem[]> {
  const set = (members.set ?? []).map((member): WorkItem => ({ kind: 'member', ...member }));
  const leaving = (members.remove ?? []).map((userId): WorkItem => ({ kind: 'leave', workspaceId, userId }));
  const isOwn = (item: WorkItem) => 'userId' in item && item.userId === ctx.actor.userId;
  const isPromotion = (item: WorkItem) => item.kind === 'member' && item.role === 'admin';
  const demotions = [...set.filter((item) => !isPromotion(item)), ...leaving];
  yield set.filter(isPromotion);
  yield (connections.remove ?? []).map((connectionId): WorkItem => ({ kind: 'disconnect', connectionId }));
  yield selections.work;
  yield* copies;
  yield demotions.filter((item) => !isOwn(item));
  yield demotions.filter(isOwn);
}
