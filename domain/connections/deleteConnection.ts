import { freeFor, notBusy, rightHolds } from '../access/access.ts';
import { accountPageKey } from '../accounts/accountList.item.ts';
import { timestamp, type UserContext } from '../context.ts';
import type { EventDraft } from '../events/event.ts';
import type { ConnectionId, OperationId } from '../ids.ts';
import { type Action, count, remove, update } from '../table/action.ts';
import { findItems } from '../table/client.ts';
import { equals } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { type Workspace, workspaceKey } from '../workspaces/workspace.item.ts';
import {
  type Connection,
  connectionKey,
  type Origin,
  parseConnection,
  type Reference,
} from './connection.item.ts';
import { connectionHasCopies } from './copiesInTheWay.ts';
import { credentialsKey } from './credentials.ts';
import { connectionStands, openConnection } from './getConnection.ts';
import { lensOn, originOf } from './lens.ts';

/**
 * Deletes a connection: "A parent connection cannot be deleted if it has any copied connections associated with it."
 * With an original go its credentials and list of accounts. Throws `not_found`, `forbidden`, `workspace_busy`,
 * `connection_has_copies` with the copies that the caller sees, `version_mismatch`.
 */
export async function deleteConnection(
  ctx: UserContext,
  at: Reference,
  expectedVersion?: ExpectedVersion,
): Promise<null> {
  return write(ctx, async () => {
    const { access, connection } = await openConnection(ctx, at, 'editor');
    notBusy(access.workspace);
    expectVersion(expectedVersion, connection.version);
    const plan = await planDeletion(ctx, access.workspace, [connection.connectionId]);
    return {
      answer: null,
      actions: [
        rightHolds(ctx, access, 'editor'),
        connectionStands(access.workspace.orgId, connection),
        ...plan.actions,
      ],
      events: plan.events,
    };
  });
}

/**
 * What it takes to delete connections of one workspace; `missing` are no longer there.
 * Throws `connection_has_copies` for those that can't go.
 */
export async function planDeletion(
  ctx: UserContext,
  { orgId, workspaceId }: Workspace,
  ids: readonly ConnectionId[],
  working?: OperationId,
): Promise<{ actions: Action[]; events: EventDraft[]; missing: ConnectionId[] }> {
  const items = await findItems(
    ctx,
    ids.map((connectionId) => connectionKey(orgId, { workspaceId, connectionId })),
  );
  const connections = items.map(parseConnection).filter(({ connectionId }) => ids.includes(connectionId));
  const parents = connections.filter(({ childCount }) => childCount > 0);
  if (parents.length > 0) throw await connectionHasCopies(ctx, parents);
  const present = new Set(connections.map(({ connectionId }) => connectionId));
  const missing = ids.filter((id) => !present.has(id));
  if (connections.length === 0) return { actions: [], events: [], missing };
  const lens = await lensOn(ctx, connections);
  return {
    missing,
    actions: [
      ...connections.flatMap((connection) => removalActions(connection, originOf(lens, connection))),
      update(
        workspaceKey(orgId, workspaceId),
        { add: { connectionCount: -connections.length, version: 1 }, set: { updatedAt: timestamp(ctx) } },
        { when: [freeFor(working)] },
      ),
    ],
    events: [deleted(connections)],
  };
}

/** The connection goes if nothing was copied from it meanwhile; its parent, lineage and source workspace count one less. */
function removalActions(connection: Connection, origin: Origin): Action[] {
  const { orgId, parent, connectionId, version } = connection;
  const gone = remove(connectionKey(orgId, connection), {
    when: [
      equals('connectionId', connectionId),
      equals('version', version),
      equals('childCount', 0),
      ...(parent ? [] : [equals('revision', origin.revision)]),
    ],
  });
  if (!parent) return [gone, ...belongings(origin)];
  return [
    gone,
    count(connectionKey(orgId, parent), { childCount: -1 }),
    update(
      connectionKey(orgId, connection.origin),
      { add: { lineageCount: -1 } },
      { when: [equals('revision', origin.revision)] },
    ),
    count(workspaceKey(orgId, parent.workspaceId), { copiesElsewhere: -1 }),
  ];
}

function belongings(origin: Origin): Action[] {
  const pages = Array.from({ length: origin.accountList.storedPages }, (_, n) =>
    remove(accountPageKey(origin, n)),
  );
  return [remove(credentialsKey(origin)), ...pages];
}

/** One event, whose details name one connection or a step's. */
function deleted(connections: readonly Connection[]): EventDraft {
  const told = connections.map(({ connectionId, name, origin, parent }) => ({
    connectionId,
    name,
    originId: origin.connectionId,
    ...(parent && { parentId: parent.connectionId }),
  }));
  const [first] = connections;
  if (!first) throw new Error('An event needs a connection.');
  const details = told.length === 1 ? { ...told[0] } : { connections: told };
  return { orgId: first.orgId, type: 'connection.deleted', workspaceId: first.workspaceId, details };
}
