import { notBusy, rightHolds, workspaceIsActive } from '../access/access.ts';
import { accountPageKey } from '../accounts/accountList.item.ts';
import { timestamp, type UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import { type Action, remove, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { expectVersion } from '../version.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import { type Connection, connectionKey, type Origin, type Reference } from './connection.item.ts';
import { credentialsKey } from './credentials.ts';
import { openConnection } from './getConnection.ts';
import { originOf } from './lens.ts';
import { listCopies } from './lineage.ts';

/**
 * Deletes a connection: "A parent connection cannot be deleted if it has any copied connections associated with it."
 * With an original go its credentials and list of accounts. Throws `not_found`, `forbidden`, `workspace_busy`,
 * `connection_has_copies` with the copies that the caller sees, `version_mismatch`.
 */
export async function deleteConnection(
  ctx: UserContext,
  at: Reference,
  expectedVersion?: number,
): Promise<null> {
  return write(ctx, async () => {
    const { orgId } = ctx.actor;
    const { access, connection, lens } = await openConnection(ctx, at, 'editor');
    notBusy(access.workspace);
    const origin = originOf(lens, connection);
    expectVersion(expectedVersion, connection.version + origin.revision);
    if (connection.childCount > 0) throw await hasCopies(ctx, connection);
    const { connectionId, name, parent } = connection;
    return {
      answer: null,
      actions: [
        rightHolds(ctx, access, 'editor'),
        ...removalActions(connection, origin),
        update(
          workspaceKey(orgId, at.workspaceId),
          { add: { connectionCount: -1, version: 1 }, set: { updatedAt: timestamp(ctx) } },
          { when: [workspaceIsActive] },
        ),
      ],
      events: [
        {
          orgId,
          type: 'connection.deleted',
          workspaceId: at.workspaceId,
          details: {
            connectionId,
            name,
            originId: origin.connectionId,
            ...(parent && { parentId: parent.connectionId }),
          },
        },
      ],
    };
  });
}

/** The connection goes if nothing was copied from it meanwhile; its parent, lineage and source workspace count one less. */
export function removalActions(connection: Connection, origin: Origin): Action[] {
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
    update(connectionKey(orgId, parent), { add: { childCount: -1, version: 1 } }),
    update(
      connectionKey(orgId, connection.origin),
      { add: { lineageCount: -1 } },
      { when: [equals('revision', origin.revision)] },
    ),
    update(workspaceKey(orgId, parent.workspaceId), { add: { copiesElsewhere: -1 } }),
  ];
}

function belongings(origin: Origin): Action[] {
  const pages = Array.from({ length: origin.accountList.pages }, (_, n) => remove(accountPageKey(origin, n)));
  return [remove(credentialsKey(origin)), ...pages];
}

async function hasCopies(ctx: UserContext, connection: Connection): Promise<DomainError> {
  return new DomainError('connection_has_copies', 'This connection has copies; delete them first.', {
    extra: { copies: await listCopies(ctx, connection) },
  });
}
