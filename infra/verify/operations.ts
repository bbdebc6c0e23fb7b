import { OperationId, OrgId } from '../../domain/ids.ts';
import {
  operationItem,
  parseOperation,
  parsePlanPage,
  parseRunning,
  parseSkipped,
  planPageKey,
  runningItem,
} from '../../domain/operations/operation.item.ts';
import type { Check, Judged, Kind } from './check.ts';
import type { Finding } from './invariant.ts';
import type { OperationFact, Tenant } from './tenant.ts';

/** An operation; once completed it is kept for a while. */
export const operationKind: Kind = {
  name: 'operation',
  at: /^ORG#[^#]+#OPERATION#[^#]+ OPERATION$/,
  mayExpire: ({ state }) => state === 'completed',
  read(item) {
    const operation = parseOperation(item);
    const { operationId, kind, workspaceId, userId, state, total, done, skippedCount, movedAt } = operation;
    const { attempts, failingSince, nextTryAt } = operation;
    const about = { ...(workspaceId && { workspaceId }), ...(userId && { userId }) };
    const pause = { attempts, ...(failingSince && { failingSince }), ...(nextTryAt && { nextTryAt }) };
    const cursor = { state, total, done, skippedCount, movedAt, ...pause };
    return {
      keys: operationItem(operation),
      keep: ({ operations }) => operations.set(operationId, { operationId, kind, ...about, ...cursor }),
    };
  },
};

/** The mark of an operation that runs. */
export const runningKind: Kind = {
  name: 'running',
  at: /^ORG#[^#]+#OPERATION#[^#]+ RUNNING$/,
  read(item) {
    const { orgId, operationId } = parseRunning(item);
    return {
      keys: runningItem({ orgId, operationId }),
      keep: ({ running: marked }) => marked.add(operationId),
    };
  },
};

/** A page of the plan of an operation, of which perhaps nobody knows. */
export const planKind: Kind = {
  name: 'plan',
  at: /^ORG#[^#]+#OPERATION#([^#]+) PLAN#(\d+)$/,
  mayExpire: () => true,
  read(item, { orgId, groups: [operationId = '', digits] }) {
    const firstItem = Number(digits);
    const size = parsePlanPage(item).length;
    return {
      keys: planPageKey(OrgId.parse(orgId), OperationId.parse(operationId), firstItem),
      keep: ({ planPages }) =>
        planPages.set(operationId, (planPages.get(operationId) ?? new Map()).set(firstItem, size)),
    };
  },
};

/** What one place of the run of an operation left out. */
export const skippedKind: Kind = {
  name: 'skipped',
  at: /^ORG#[^#]+#OPERATION#([^#]+) SKIPPED#(.+)$/,
  mayExpire: () => true,
  read(item, { groups: [operationId = '', place = ''] }) {
    const size = parseSkipped(item).length;
    return {
      keys: { pk: item.pk, sk: item.sk },
      keep: ({ skipped }) => {
        // What was passed over in planning, and what stood in the way of the end, no step has counted.
        if (/^\d+$/.test(place)) skipped.set(operationId, (skipped.get(operationId) ?? 0) + size);
      },
    };
  },
};

/** Each operation that is known: that it moves, has what it needs, and adds up. Plans of none were never accepted. */
export const operationChecks: readonly Check[] = [
  { needs: ['operation', 'workspace'], find: homeless },
  { needs: ['operation', 'running'], find: unmarked },
  { needs: ['operation'], find: stuck },
  { needs: ['operation', 'plan'], find: planless },
  { needs: ['operation'], find: cursors },
  { needs: ['operation'], find: pauses },
  { needs: ['operation', 'skipped'], find: skippedCounts },
];

function running({ operations }: Tenant): OperationFact[] {
  return [...operations.values()].filter(({ state }) => state === 'running');
}

function* homeless(tenant: Tenant): Generator<Finding> {
  for (const { operationId, kind, workspaceId } of running(tenant)) {
    // Somebody who is taken out of the organization is in workspaces that do not wait for that.
    if (kind === 'user.remove') continue;
    const workspace = workspaceId && tenant.workspaces.get(workspaceId);
    if (workspace && workspace.operationId === operationId) continue;
    const detail = workspace
      ? `${workspaceId} waits for ${workspace.operationId ?? 'nothing'}`
      : `${workspaceId ?? 'its workspace'} is gone`;
    yield { invariant: 'operation_without_workspace', subject: operationId, detail };
  }
}

function* unmarked(tenant: Tenant): Generator<Finding> {
  const ids = new Set(running(tenant).map(({ operationId }): string => operationId));
  for (const subject of ids.symmetricDifference(tenant.running)) {
    const detail = ids.has(subject) ? 'runs without its mark' : 'is marked and does not run';
    yield { invariant: 'running_marker', subject, detail };
  }
}

function* stuck(tenant: Tenant, { now, stuckMilliseconds }: Judged): Generator<Finding> {
  for (const { operationId, kind, movedAt, done, total } of running(tenant)) {
    const moves = now - Date.parse(movedAt) <= stuckMilliseconds;
    const detail = `a ${kind} that is at ${done} of ${total} since ${movedAt}`;
    if (!moves) yield { invariant: 'stuck_operation', subject: operationId, detail };
  }
}

function* planless(tenant: Tenant): Generator<Finding> {
  for (const { operationId, done, total } of running(tenant)) {
    if (done >= total) continue;
    const pages = tenant.planPages.get(operationId);
    const reached = reachOf(pages, done);
    if (reached === total) continue;
    const detail = `it ${reached < total ? 'stops' : 'goes on'} at ${reached}; ${done} of ${total} are done`;
    yield { invariant: 'plan_missing', subject: operationId, detail };
  }
}

/** How far the pages lead without a gap, from the one that holds place `done` on. */
function reachOf(pages: ReadonlyMap<number, number> = new Map(), done: number): number {
  let reached = Math.max(0, ...[...pages.keys()].filter((first) => first <= done));
  for (let size = pages.get(reached); size !== undefined && size > 0; size = pages.get(reached))
    reached += size;
  return reached;
}

function* cursors({ operations }: Tenant): Generator<Finding> {
  for (const { operationId, state, done, total } of operations.values()) {
    const isWithin = state === 'completed' ? done === total : done >= 0 && done <= total;
    const detail = `is ${state} at ${done} of ${total}`;
    if (!isWithin) yield { invariant: 'operation_cursor', subject: operationId, detail };
  }
}

function* pauses({ operations }: Tenant): Generator<Finding> {
  for (const { operationId, state, attempts, failingSince, nextTryAt } of operations.values()) {
    const times = [failingSince, nextTryAt].flatMap((time) => time ?? []);
    const areTimes = times.every((time) => !Number.isNaN(Date.parse(time)));
    const isPossible = times.length === 0 || (state === 'running' && (!nextTryAt || attempts > 0));
    const detail = `is ${state} after ${attempts} tries, fails since ${failingSince}, is tried at ${nextTryAt}`;
    if (!areTimes || !isPossible) yield { invariant: 'operation_pause', subject: operationId, detail };
  }
}

function* skippedCounts({ operations, skipped }: Tenant): Generator<Finding> {
  for (const { operationId, skippedCount } of operations.values()) {
    const listed = skipped.get(operationId) ?? 0;
    if (skippedCount !== listed)
      yield {
        invariant: 'skipped_count',
        subject: operationId,
        detail: `counts ${skippedCount}, its steps list ${listed}`,
      };
  }
}
