import { connectionKey, parseConnection } from '../connections/connection.item.ts';
import { lensOn } from '../connections/lens.ts';
import { type AccountSelection, planUpdate } from '../connections/updateConnection.ts';
import type { UserContext } from '../context.ts';
import { notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import type { ConnectionId } from '../ids.ts';
import type { Action } from '../table/action.ts';
import { findItems } from '../table/client.ts';
import type { Workspace } from './workspace.item.ts';

export type PlannedSelections = { actions: Action[]; events: EventDraft[] };

/** New selections of accounts for some connections of a workspace, read together. Throws what `planUpdate` throws. */
export async function planSelections(
  ctx: UserContext,
  { orgId, workspaceId }: Workspace,
  asked: readonly { connectionId: ConnectionId; accountIds: AccountSelection }[],
): Promise<PlannedSelections> {
  if (asked.length === 0) return { actions: [], events: [] };
  const items = await findItems(
    ctx,
    asked.map(({ connectionId }) => connectionKey(orgId, { workspaceId, connectionId })),
  );
  const connections = new Map(
    items.map(parseConnection).map((connection) => [connection.connectionId, connection]),
  );
  const lens = await lensOn(ctx, [...connections.values()]);
  const planned: PlannedSelections = { actions: [], events: [] };
  for (const [n, { connectionId, accountIds }] of asked.entries()) {
    const connection = connections.get(connectionId);
    if (!connection) throw notFound();
    const pointer = `#/connections/accounts/${n}/accountIds`;
    const { actions, events } = await planUpdate(ctx, { connection, lens }, { accountIds }, { pointer });
    planned.actions.push(...actions);
    planned.events.push(...events);
  }
  return planned;
}
