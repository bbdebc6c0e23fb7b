import { accessTo, notBusy, rightHolds } from '../access/access.ts';
import { type Connection, connectionPrefix, parseConnection } from '../connections/connection.item.ts';
import { connectionHasCopies, mostNamed } from '../connections/copiesInTheWay.ts';
import { planDeletion } from '../connections/deleteConnection.ts';
import type { UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { removedMember } from '../members/memberChanges.ts';
import { membersOf } from '../members/people.ts';
import { planOperation } from '../operations/acceptOperation.ts';
import { deletedEvent } from '../operations/finishOperation.ts';
import { type OperationSummary, summaryOf } from '../operations/getOperation.ts';
import type { WorkItem } from '../operations/operation.item.ts';
import { givePlaceBack } from '../organizations/workspaceLimit.ts';
import { type Action, remove } from '../table/action.ts';
import { queryAll } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { Stale } from '../table/transact.ts';
import { fits, type Plan, write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { startOperation } from './startOperation.ts';
import { type Workspace, workspaceKey, workspacePartition } from './workspace.item.ts';

export type Deleted = { operation: OperationSummary } | null;

/** Fewer members and connections than that may fit one transaction. */
const mostAtOnce = 40;

/**
 * Deletes a workspace with everything in it and gives its place under the limit back; as an operation when there is much.
 * Throws `not_found`, `forbidden`, `workspace_busy`, `version_mismatch`, and `connection_has_copies` while one of its
 * connections has copies in another workspace.
 */
export async function deleteWorkspace(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  expectedVersion?: ExpectedVersion,
): Promise<Deleted> {
  return write(ctx, async () => {
    const access = await accessTo(ctx, workspaceId, 'admin');
    const { workspace } = access;
    notBusy(workspace);
    expectVersion(expectedVersion, workspace.version);
    if (workspace.copiesElsewhere > 0) throw await connectionHasCopies(ctx, await parentsIn(ctx, workspace));
    const right = rightHolds(ctx, access, 'admin');
    const isSmall = workspace.memberCount + workspace.connectionCount <= mostAtOnce;
    const direct = isSmall ? await directPlan(ctx, right, workspace) : undefined;
    return direct && fits(ctx, direct) ? direct : operationPlan(ctx, right, workspace);
  });
}

async function parentsIn(ctx: UserContext, workspace: Workspace): Promise<Connection[]> {
  const parents: Connection[] = [];
  for await (const connection of connectionsIn(ctx, workspace)) {
    if (connection.childCount > 0) parents.push(connection);
    if (parents.length === mostNamed) break;
  }
  return parents;
}

async function* connectionsIn(ctx: UserContext, { orgId, workspaceId }: Workspace) {
  const partition = workspacePartition(orgId, workspaceId);
  for await (const item of queryAll(ctx, { partition, prefix: connectionPrefix }))
    yield parseConnection(item);
}

async function directPlan(ctx: UserContext, right: Action, workspace: Workspace): Promise<Plan<Deleted>> {
  const { orgId, workspaceId, version } = workspace;
  const connections = await Array.fromAsync(
    connectionsIn(ctx, workspace),
    ({ connectionId }) => connectionId,
  );
  const members = await membersOf(ctx, workspaceId);
  const removal = await planDeletion(ctx, workspace, connections);
  const found = connections.length - removal.missing.length;
  const own = workspaceKey(orgId, workspaceId);
  const isOwn = ({ key }: Action) => key.pk === own.pk && key.sk === own.sk;
  return {
    answer: null,
    actions: [
      right,
      remove(own, {
        when: [
          equals('version', version),
          equals('status', 'active'),
          equals('copiesElsewhere', 0),
          // A list may miss what a transaction is just about to add: it is everything when it is as much as is counted.
          equals('memberCount', members.length),
          equals('connectionCount', found),
        ],
      }),
      // The workspace goes with its counts.
      ...removal.actions.filter((action) => !isOwn(action)),
      ...members.flatMap((membership) => removedMember(membership).actions),
      givePlaceBack(workspace),
    ],
    events: [deletedEvent(workspace)],
  };
}

async function operationPlan(ctx: UserContext, right: Action, workspace: Workspace): Promise<Plan<Deleted>> {
  const { orgId, workspaceId } = workspace;
  const { operation, accept } = await planOperation(
    ctx,
    { kind: 'workspace.delete', workspaceId },
    workOf(ctx, workspace),
  );
  if (operation.total !== workspace.memberCount + workspace.connectionCount)
    throw new Stale('not everything that a workspace counts was found');
  const { operationId } = operation;
  return {
    answer: { operation: summaryOf(operation) },
    actions: [
      right,
      startOperation(ctx, workspace, operation, 'deleting', { when: [equals('copiesElsewhere', 0)] }),
      ...accept,
    ],
    events: [{ orgId, type: 'workspace.updated', workspaceId, details: { status: 'deleting', operationId } }],
  };
}

const perBatch = 100;

/** Connections first, then people, who stay while a connection does, the admins last; read page by page. */
async function* workOf(ctx: UserContext, workspace: Workspace): AsyncGenerator<WorkItem[]> {
  let batch: WorkItem[] = [];
  for await (const { connectionId } of connectionsIn(ctx, workspace)) {
    batch.push({ kind: 'disconnect', connectionId });
    if (batch.length === perBatch) {
      yield batch;
      batch = [];
    }
  }
  yield batch;
  const { workspaceId } = workspace;
  const members = await membersOf(ctx, workspaceId);
  const inOrder = [
    ...members.filter(({ role }) => role !== 'admin'),
    ...members.filter(({ role }) => role === 'admin'),
  ];
  yield inOrder.map(({ userId }): WorkItem => ({ kind: 'leave', workspaceId, userId }));
}
