import * as z from 'zod/mini';
import { notBusy, rightHolds, workspaceIsActive } from '../access/access.ts';
import { ReportedAccounts } from '../accounts/accountList.ts';
import { timestamp, type UserContext } from '../context.ts';
import { DomainError } from '../errors.ts';
import { lineageEvent } from '../events/lineageEvent.ts';
import { check, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { workspaceKey } from '../workspaces/workspace.item.ts';
import {
  type Authorization,
  BusinessAccount,
  connectionKey,
  type Origin,
  type Reference,
} from './connection.item.ts';
import { ConnectionView, viewConnection } from './connection.view.ts';
import { Credentials, credentialsPut } from './credentials.ts';
import { connectionStands, openConnection } from './getConnection.ts';
import { originOf } from './lens.ts';
import { changeShared } from './sharedChange.ts';

export const Reconnect = z.strictObject({
  credentials: Credentials,
  businessAccount: z.optional(BusinessAccount),
  accounts: z.optional(ReportedAccounts),
  acceptAccountLoss: z.optional(z.boolean()),
});

export const Reconnected = z.object({
  connection: ConnectionView,
  reconnected: z.int(),
  accountList: z.enum(['replaced', 'unchanged']),
});

/**
 * Gives a whole lineage its new authorization in one write on the origin, through any of its connections and however
 * many there are: "all other connections that were created from the same original source will be automatically
 * reconnected as well". Needs the right in the workspace of the connection that is addressed; replacing the list of
 * accounts and the business account's name needs it in the origin's too. `accountList` says whether the list that was sent
 * is the lineage's now; without one it is `unchanged`.
 * Throws `not_found`, `forbidden`, `workspace_busy`, `business_account_mismatch`, `accounts_would_be_lost`,
 * `version_mismatch`. `reconnected` counts the lineage, the origin included.
 */
export async function reconnect(
  ctx: UserContext,
  at: Reference,
  input: z.output<typeof Reconnect>,
  expectedVersion?: ExpectedVersion,
): Promise<z.output<typeof Reconnected>> {
  return write(ctx, async () => {
    const { orgId } = ctx.actor;
    const opened = await openConnection(ctx, at, 'editor');
    const { access, connection, lens } = opened;
    notBusy(access.workspace);
    const origin = originOf(lens, connection);
    expectVersion(expectedVersion, connection.version);
    refuseOtherAccount(origin, input);
    const { accountList, businessAccount, listChange, actions } = await changeShared(ctx, opened, input);
    const authorization = newAuthorization(ctx, origin);
    const renewed: Origin = { ...origin, authorization, businessAccount, accountList };
    const shown = { ...lens, origins: new Map([[origin.connectionId, renewed]]) };
    return {
      answer: {
        connection: viewConnection(shown, connection),
        reconnected: origin.lineageCount,
        accountList: listChange ? ('replaced' as const) : ('unchanged' as const),
      },
      actions: [
        rightHolds(ctx, access, 'editor'),
        check(workspaceKey(orgId, at.workspaceId), [workspaceIsActive]),
        connectionStands(orgId, connection),
        update(
          connectionKey(orgId, connection.origin),
          { set: { authorization, businessAccount, accountList }, add: { revision: 1 } },
          {
            when: [
              equals('connectionId', origin.connectionId),
              equals('revision', origin.revision),
              equals('lineageCount', origin.lineageCount),
            ],
          },
        ),
        await credentialsPut(ctx, origin, input.credentials, authorization.version),
        ...actions,
      ],
      events: [
        lineageEvent(connection, 'connection.reconnected', {
          reconnected: origin.lineageCount,
          authorizationVersion: authorization.version,
          ...(businessAccount.name !== origin.businessAccount.name && {
            businessAccountName: { before: origin.businessAccount.name, after: businessAccount.name },
          }),
          ...(listChange && { accountList: listChange }),
        }),
        ...(origin.authorization.status === 'error'
          ? [
              lineageEvent(connection, 'connection.recovered', {
                authorizationVersion: authorization.version,
                error: origin.authorization.error,
              }),
            ]
          : []),
      ],
    };
  });
}

function refuseOtherAccount({ businessAccount }: Origin, input: z.output<typeof Reconnect>): void {
  if (input.businessAccount && input.businessAccount.id !== businessAccount.id)
    throw new DomainError(
      'business_account_mismatch',
      `These connections belong to the business account ${businessAccount.name}; the new authorization is for another one.`,
      { extra: { businessAccount } },
    );
}

function newAuthorization(ctx: UserContext, { authorization }: Origin): Authorization {
  return {
    status: 'active',
    version: authorization.version + 1,
    authorizedAt: timestamp(ctx),
    authorizedBy: ctx.actor.userId,
  };
}
