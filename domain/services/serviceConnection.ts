import * as z from 'zod/mini';
import type { Account } from '../accounts/accountList.item.ts';
import { ReportedAccounts, readAccounts, replaceAccounts } from '../accounts/accountList.ts';
import { includes } from '../accounts/accountSet.ts';
import {
  AuthorizationFailure,
  BusinessAccount,
  type Connection,
  connectionKey,
  type Origin,
  type Reference,
} from '../connections/connection.item.ts';
import { Credentials, readCredentials } from '../connections/credentials.ts';
import { findConnection } from '../connections/getConnection.ts';
import { type Lens, originOf, serviceLensOn, usableAccounts } from '../connections/lens.ts';
import type { ServiceContext } from '../context.ts';
import { DomainError, notFound } from '../errors.ts';
import type { EventType } from '../events/event.item.ts';
import type { OrgId } from '../ids.ts';
import { type Action, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { Stale } from '../table/transact.ts';
import { snapshot, write } from '../table/write.ts';

export type ServicePlace = Reference & { orgId: OrgId };

export const ServiceCredentials = z.object({
  dataSource: z.string(),
  businessAccount: BusinessAccount,
  credentials: Credentials,
  authorizationVersion: z.int(),
  accountIds: z.array(z.string()),
});

/** What a worker needs to extract: the lineage's present credentials and the connection's own usable accounts. */
export async function getCredentials(
  ctx: ServiceContext,
  place: ServicePlace,
): Promise<z.output<typeof ServiceCredentials>> {
  return snapshot(ctx, async () => {
    const { connection, lens, origin } = await opened(ctx, place);
    const { credentials, version } = await readCredentials(ctx, origin);
    if (version !== origin.authorization.version)
      throw new Stale('reconnected while the credentials were read');
    const usable = usableAccounts(lens, connection);
    const accounts = await readAccounts(ctx, origin, origin.accountList);
    return {
      dataSource: connection.dataSource,
      businessAccount: origin.businessAccount,
      credentials,
      authorizationVersion: version,
      accountIds: accounts.filter(({ ordinal }) => includes(usable, ordinal)).map(({ id }) => id),
    };
  });
}

const authorizationVersion = z.int().check(z.minimum(1));
export const ReportAuthorization = z.discriminatedUnion('status', [
  z.strictObject({ authorizationVersion, status: z.literal('error'), error: AuthorizationFailure }),
  z.strictObject({ authorizationVersion, status: z.literal('active') }),
]);

export const AuthorizationView = z.object({
  originId: z.string(),
  status: z.enum(['active', 'error']),
  error: z.optional(AuthorizationFailure),
  authorizationVersion: z.int(),
});

/**
 * Reports that an authorization fails, or works: the whole lineage shows it. The same report again changes nothing.
 * Throws `not_found`, `stale_authorization` for a report about an older authorization than the present one.
 */
export async function reportAuthorization(
  ctx: ServiceContext,
  place: ServicePlace,
  report: z.output<typeof ReportAuthorization>,
): Promise<z.output<typeof AuthorizationView>> {
  return write(ctx, async () => {
    const { connection, origin } = await opened(ctx, place);
    refuseStale(origin, report.authorizationVersion);
    const { status } = report;
    const { error: _, ...present } = origin.authorization;
    const error = report.status === 'error' ? report.error : undefined;
    const authorization = { ...present, status, ...(error && { error }) };
    const isSame =
      JSON.stringify(origin.authorization.error) === JSON.stringify(error) &&
      origin.authorization.status === status;
    return {
      answer: {
        originId: origin.connectionId,
        status,
        ...(error && { error }),
        authorizationVersion: present.version,
      },
      actions: isSame ? [] : [originUpdate(origin, { authorization })],
      events: [
        reported(connection, origin, status === 'error' ? 'connection.failed' : 'connection.updated', {
          status,
          ...(error && { error }),
        }),
      ],
    };
  });
}

export const ReportAccounts = z.strictObject({ authorizationVersion, accounts: ReportedAccounts });
export const AccountsReport = z.object({
  originId: z.string(),
  total: z.int(),
  /** The first 100 of those that went. */
  lost: z.array(z.object({ id: z.string(), name: z.string() })),
  lostCount: z.int(),
  authorizationVersion: z.int(),
});

/**
 * Replaces the list of accounts of a lineage by what the data source offers now. Accounts that went are named in `lost`;
 * who had selected them shows them as unavailable. Throws `not_found`, `stale_authorization`.
 */
export async function reportAccounts(
  ctx: ServiceContext,
  place: ServicePlace,
  report: z.output<typeof ReportAccounts>,
): Promise<z.output<typeof AccountsReport>> {
  return write(ctx, async () => {
    const { connection, origin } = await opened(ctx, place);
    refuseStale(origin, report.authorizationVersion);
    const present = await readAccounts(ctx, origin, origin.accountList);
    const replaced = replaceAccounts(origin, origin.accountList, present, report.accounts);
    const lost = replaced.lost.slice(0, mostNamed).map(({ id, name }) => ({ id, name }));
    const total = report.accounts.length;
    return {
      answer: {
        originId: origin.connectionId,
        total,
        lost,
        lostCount: replaced.lost.length,
        authorizationVersion: report.authorizationVersion,
      },
      actions: isSameList(present, report.accounts)
        ? []
        : [originUpdate(origin, { accountList: replaced.state }), ...replaced.actions],
      events: [
        reported(connection, origin, 'connection.updated', {
          accounts: total,
          lost,
          lostCount: replaced.lost.length,
        }),
      ],
    };
  });
}

/** What a daily report mostly is: the list as it stands. */
function isSameList(present: readonly Account[], reported: ReportedAccounts): boolean {
  const names = new Map(
    present.filter(({ lostIn }) => lostIn === undefined).map(({ id, name }) => [id, name]),
  );
  return names.size === reported.length && reported.every(({ id, name }) => names.get(id) === name);
}

/** Events and remembered answers stay small. */
const mostNamed = 100;

type Opened = { connection: Connection; lens: Lens; origin: Origin };

async function opened(ctx: ServiceContext, place: ServicePlace): Promise<Opened> {
  const connection = await findConnection(ctx, place.orgId, place);
  if (!connection) throw notFound();
  const lens = await serviceLensOn(ctx, place.orgId, [connection]);
  return { connection, lens, origin: originOf(lens, connection) };
}

function refuseStale({ authorization }: Origin, version: number): void {
  if (version !== authorization.version)
    throw new DomainError(
      'stale_authorization',
      'The connection has been reconnected: this is about another authorization.',
      {
        extra: { authorizationVersion: authorization.version },
      },
    );
}

function originUpdate(origin: Origin, set: Partial<Origin>): Action {
  return update(
    connectionKey(origin.orgId, origin),
    { set, add: { revision: 1 } },
    { when: [equals('connectionId', origin.connectionId), equals('revision', origin.revision)] },
  );
}

function reported(connection: Connection, origin: Origin, type: EventType, details: Record<string, unknown>) {
  const { orgId, workspaceId, connectionId } = connection;
  return { orgId, type, workspaceId, details: { connectionId, originId: origin.connectionId, ...details } };
}
