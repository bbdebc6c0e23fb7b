import * as z from 'zod/mini';
import { size } from '../accounts/accountSet.ts';
import { AuthorizationFailure, BusinessAccount, type Connection } from './connection.item.ts';
import { type Lens, originOf, usableAccounts } from './lens.ts';

/** A connection as clients see it; `version` moves with its name and selection (docs/adr/0014). */
export const ConnectionView = z.object({
  connectionId: z.string(),
  workspaceId: z.string(),
  name: z.string(),
  dataSource: z.string(),
  businessAccount: BusinessAccount,
  status: z.enum(['active', 'error']),
  error: z.optional(AuthorizationFailure),
  accounts: z.object({
    status: z.enum(['none', 'ready']),
    mode: z.enum(['all', 'selected']),
    total: z.int(),
    selected: z.int(),
  }),
  lineage: z.object({
    originId: z.string(),
    originWorkspaceId: z.optional(z.string()),
    parentId: z.optional(z.string()),
    parentWorkspaceId: z.optional(z.string()),
    kind: z.enum(['original', 'copy']),
    copies: z.int(),
  }),
  createdAt: z.string(),
  createdBy: z.string(),
  lastAuthorizedAt: z.string(),
  lastAuthorizedBy: z.string(),
  authorizationVersion: z.int(),
  version: z.int(),
});
export type ConnectionView = z.output<typeof ConnectionView>;

/** Shows a connection to the caller of the lens: workspaces that they can't see are left out. */
export function viewConnection(lens: Lens, connection: Connection): ConnectionView {
  const origin = originOf(lens, connection);
  const { authorization, accountList } = origin;
  return {
    connectionId: connection.connectionId,
    workspaceId: connection.workspaceId,
    name: connection.name,
    dataSource: connection.dataSource,
    businessAccount: origin.businessAccount,
    status: authorization.status,
    ...(authorization.error && { error: authorization.error }),
    accounts: {
      status: size(accountList.available) > 0 ? 'ready' : 'none',
      mode: connection.selection.mode,
      total: size(accountList.available),
      selected: size(usableAccounts(lens, connection)),
    },
    lineage: viewLineage(lens, connection),
    createdAt: connection.createdAt,
    createdBy: connection.createdBy,
    lastAuthorizedAt: authorization.authorizedAt,
    lastAuthorizedBy: authorization.authorizedBy,
    authorizationVersion: authorization.version,
    version: connection.version,
  };
}

function viewLineage(lens: Lens, { origin, parent, childCount }: Connection): ConnectionView['lineage'] {
  return {
    originId: origin.connectionId,
    ...(lens.sees(origin.workspaceId) && { originWorkspaceId: origin.workspaceId }),
    ...(parent && { parentId: parent.connectionId }),
    ...(parent && lens.sees(parent.workspaceId) && { parentWorkspaceId: parent.workspaceId }),
    kind: parent ? 'copy' : 'original',
    copies: childCount,
  };
}
