import * as z from 'zod/mini';
import { accessTo, notBusy, rightHolds } from '../access/access.ts';
import { noList, ReportedAccounts, replaceAccounts } from '../accounts/accountList.ts';
import { noAccounts } from '../accounts/accountSet.ts';
import { timestamp, type UserContext } from '../context.ts';
import type { WorkspaceId } from '../ids.ts';
import { getOrganization } from '../organizations/organization.ts';
import { put } from '../table/action.ts';
import { absent } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { nameOf } from '../text.ts';
import { BusinessAccount, connectionItem, type Origin } from './connection.item.ts';
import { type ConnectionView, viewConnection } from './connection.view.ts';
import { addConnections, withinConnectionLimit } from './copyConnections.ts';
import { Credentials, credentialsPut } from './credentials.ts';

export const ConnectionName = nameOf(200);

export const CreateConnection = z.strictObject({
  dataSource: nameOf(100),
  name: z.optional(ConnectionName),
  businessAccount: BusinessAccount,
  credentials: Credentials,
  accounts: z.optional(ReportedAccounts),
});

/** Brings a data source into a workspace as an original. Its name is, unless given, that of the business account. */
export async function createConnection(
  ctx: UserContext,
  workspaceId: WorkspaceId,
  input: z.output<typeof CreateConnection>,
): Promise<ConnectionView> {
  return write(ctx, async () => {
    const access = await accessTo(ctx, workspaceId, 'editor');
    notBusy(access.workspace);
    const { limits } = await getOrganization(ctx, ctx.actor.orgId);
    withinConnectionLimit(access.workspace.connectionCount + 1, limits.connectionsPerWorkspace);
    const { origin, actions } = newOrigin(ctx, workspaceId, input);
    const { connectionId, name, dataSource } = origin;
    const lens = { origins: new Map([[connectionId, origin]]), ancestors: new Map(), sees: () => true };
    return {
      answer: viewConnection(lens, origin),
      actions: [
        rightHolds(ctx, access, 'editor'),
        addConnections(ctx, workspaceId, 1, { limit: limits.connectionsPerWorkspace }),
        put(connectionItem(origin), { when: [absent] }),
        await credentialsPut(ctx, origin, input.credentials, origin.authorization.version),
        ...actions,
      ],
      events: [
        {
          orgId: ctx.actor.orgId,
          type: 'connection.created',
          workspaceId,
          details: { connectionId, name, dataSource, accountCount: input.accounts?.length ?? 0 },
        },
      ],
    };
  });
}

function newOrigin(ctx: UserContext, workspaceId: WorkspaceId, input: z.output<typeof CreateConnection>) {
  const { orgId, userId } = ctx.actor;
  const connectionId = ctx.newId('con');
  const place = { orgId, workspaceId, connectionId };
  const list = input.accounts
    ? replaceAccounts(place, noList, [], input.accounts, noAccounts)
    : { state: noList, actions: [] };
  const at = timestamp(ctx);
  const origin: Origin = {
    ...place,
    name: input.name ?? input.businessAccount.name,
    dataSource: input.dataSource,
    selection: { mode: 'all', asOf: list.state.version },
    origin: { workspaceId, connectionId },
    childCount: 0,
    createdAt: at,
    createdBy: userId,
    version: 1,
    businessAccount: input.businessAccount,
    authorization: { status: 'active', version: 1, authorizedAt: at, authorizedBy: userId },
    accountList: list.state,
    selectedEver: noAccounts,
    lineageCount: 1,
    revision: 0,
  };
  return { origin, actions: list.actions };
}
