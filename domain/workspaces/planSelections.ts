import { connectionKey, parseConnection } from '../connections/connection.item.ts';
import { decidedWork } from '../connections/decidedAccounts.ts';
import { type Lens, lensOn, originOf } from '../connections/lens.ts';
import { type AccountSelection, type PlannedUpdate, planUpdate } from '../connections/updateConnection.ts';
import type { UserContext } from '../context.ts';
import { notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import type { ConnectionId } from '../ids.ts';
import type { WorkItem } from '../operations/operation.item.ts';
import type { Action } from '../table/action.ts';
import { findItems } from '../table/client.ts';
import type { Workspace } from './workspace.item.ts';

type Asked = { connectionId: ConnectionId; accountIds: AccountSelection };

export type PlannedSelections = {
  actions: Action[];
  events: EventDraft[];
  /** What was decided, as the work of an operation. */
  work: WorkItem[];
};

/** Selections that are decided at the same time. */
const atOnce = 100;

/**
 * New selections of accounts for some connections of a workspace, read side by side. Throws what `planUpdate` throws, for
 * the first connection in the order of the request.
 */
export async function planSelections(
  ctx: UserContext,
  { orgId, workspaceId }: Workspace,
  asked: readonly Asked[],
): Promise<PlannedSelections> {
  const planned: PlannedSelections = { actions: [], events: [], work: [] };
  if (asked.length === 0) return planned;
  const items = await findItems(
    ctx,
    asked.map(({ connectionId }) => connectionKey(orgId, { workspaceId, connectionId })),
  );
  const connections = new Map(
    items.map(parseConnection).map((connection) => [connection.connectionId, connection]),
  );
  const lens = await lensOn(ctx, [...connections.values()]);
  const planOne = async ({ connectionId, accountIds }: Asked, n: number) => {
    const connection = connections.get(connectionId);
    if (!connection) throw notFound();
    const pointer = `#/connections/accounts/${n}/accountIds`;
    return planUpdate(ctx, { connection, lens }, { accountIds }, { pointer });
  };
  for (let start = 0; start < asked.length; start += atOnce) {
    const some = asked.slice(start, start + atOnce);
    const decided = await allInOrder(some.map((one, n) => planOne(one, start + n)));
    for (const { connection, actions, events } of decided) {
      planned.actions.push(...actions);
      planned.events.push(...events);
      planned.work.push(workOf(lens, connection));
    }
  }
  return planned;
}

/** All results, or the first refusal in their order, whichever came first. */
async function allInOrder<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  return (await Promise.allSettled(promises)).map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

function workOf(lens: Lens, connection: PlannedUpdate['connection']): WorkItem {
  const { connectionId, selection } = connection;
  if (selection.mode === 'all') return { kind: 'select', connectionId };
  return { kind: 'select', connectionId, ...decidedWork(selection.accounts, originOf(lens, connection)) };
}
