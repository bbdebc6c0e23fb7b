import type { OperationKind } from '../../domain/operations/operation.item.ts';
import { parseWorkspace, type Workspace, workspaceItem } from '../../domain/workspaces/workspace.item.ts';
import { type Check, type Kind, miscounted } from './check.ts';
import type { Finding } from './invariant.ts';
import type { Tenant, WorkspaceFact } from './tenant.ts';
import { workspaceStands } from './told.ts';

/** A workspace. */
export const workspaceKind: Kind = {
  name: 'workspace',
  at: /^ORG#[^#]+ WORKSPACE#/,
  read(item) {
    const workspace = parseWorkspace(item);
    const { workspaceId, status, operationId, memberCount, adminCount, connectionCount, copiesElsewhere } =
      workspace;
    const { lastEventId, invited } = workspace;
    const counts = { memberCount, adminCount, connectionCount, copiesElsewhere };
    const fact = {
      workspaceId,
      status,
      ...(operationId && { operationId }),
      ...(lastEventId && { lastEventId }),
      invited,
      ...counts,
    };
    return {
      keys: workspaceItem(workspace),
      keep: (tenant) => {
        tenant.workspaces.set(workspaceId, fact);
        workspaceStands(tenant.told, workspaceId);
      },
    };
  },
};

/** Each workspace: what it counts, that somebody manages it, and that what it waits for is under way. */
export const workspaceChecks: readonly Check[] = [
  { needs: ['workspace', 'membership'], find: memberCounts },
  { needs: ['workspace', 'connection'], find: connectionCounts },
  { needs: ['workspace', 'operation'], find: undriven },
  { needs: ['workspace'], find: gone },
];

function* memberCounts({ workspaces, members }: Tenant): Generator<Finding> {
  for (const { workspaceId, memberCount, adminCount, status } of workspaces.values()) {
    const { all, admins } = members.get(workspaceId) ?? { all: 0, admins: 0 };
    yield* miscounted('member_count', workspaceId, memberCount, all);
    yield* miscounted('admin_count', workspaceId, adminCount, admins);
    if (admins === 0 && status !== 'deleting')
      yield { invariant: 'no_admin', subject: workspaceId, detail: `none of its ${all} members is an admin` };
  }
}

function* connectionCounts({ workspaces, connections }: Tenant): Generator<Finding> {
  const here = new Map<string, number>();
  const elsewhere = new Map<string, number>();
  for (const { workspaceId, parent } of connections.values()) {
    here.set(workspaceId, (here.get(workspaceId) ?? 0) + 1);
    if (parent && parent.workspaceId !== workspaceId)
      elsewhere.set(parent.workspaceId, (elsewhere.get(parent.workspaceId) ?? 0) + 1);
  }
  for (const { workspaceId, connectionCount, copiesElsewhere } of workspaces.values()) {
    yield* miscounted('connection_count', workspaceId, connectionCount, here.get(workspaceId) ?? 0);
    yield* miscounted(
      'copies_elsewhere_count',
      workspaceId,
      copiesElsewhere,
      elsewhere.get(workspaceId) ?? 0,
    );
  }
}

const kindsOf: Record<Workspace['status'], readonly OperationKind[]> = {
  active: [],
  provisioning: ['workspace.create'],
  updating: ['workspace.update', 'connections.copy'],
  deleting: ['workspace.delete'],
};

function* undriven({ workspaces, operations }: Tenant): Generator<Finding> {
  for (const workspace of workspaces.values()) {
    const detail = whyUndriven(workspace, operations);
    if (detail) yield { invariant: 'undriven_workspace', subject: workspace.workspaceId, detail };
  }
}

function whyUndriven({ status, operationId }: WorkspaceFact, operations: Tenant['operations']) {
  if (!operationId) return status === 'active' ? undefined : `is ${status} and names no operation`;
  if (status === 'active') return `is active and still names ${operationId}`;
  const operation = operations.get(operationId);
  if (!operation) return `is ${status} and ${operationId} is gone`;
  if (operation.state !== 'running') return `is ${status} and ${operationId} is ${operation.state}`;
  const isOfKind = kindsOf[status].includes(operation.kind);
  return isOfKind ? undefined : `is ${status} and ${operationId} is a ${operation.kind}`;
}

/** One finding for a workspace, however much stands in it. */
function* gone({ workspaces, members, connections }: Tenant): Generator<Finding> {
  const connectionsIn = Map.groupBy(
    [...connections.values()].filter(({ workspaceId }) => !workspaces.has(workspaceId)),
    ({ workspaceId }): string => workspaceId,
  );
  for (const workspaceId of new Set([...members.keys(), ...connectionsIn.keys()])) {
    if (workspaces.has(workspaceId)) continue;
    const people = members.get(workspaceId)?.all ?? 0;
    const things = connectionsIn.get(workspaceId)?.length ?? 0;
    const detail = `${people} members and ${things} connections stand in it`;
    yield { invariant: 'workspace_gone', subject: workspaceId, detail };
  }
}
