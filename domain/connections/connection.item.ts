import * as z from 'zod/mini';
import { ListState } from '../accounts/accountList.ts';
import type { AccountSet } from '../accounts/accountSet.ts';
import { ConnectionId, OrgId, UserId, WorkspaceId } from '../ids.ts';
import type { Item, Key } from '../table/client.ts';
import { nameOf } from '../text.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';

const Reference = z.object({ workspaceId: WorkspaceId, connectionId: ConnectionId });
export type Reference = z.output<typeof Reference>;

/** `all` follows the list (of a copy: what its parent has selected); `selected` is just these accounts. */
export const Selection = z.discriminatedUnion('mode', [
  z.object({ mode: z.literal('all'), asOf: z.int() }),
  z.object({
    mode: z.literal('selected'),
    accounts: z.custom<AccountSet>((value) => value instanceof Uint8Array),
  }),
]);
export type Selection = z.output<typeof Selection>;

export const BusinessAccount = z.strictObject({
  id: z.string().check(z.minLength(1), z.maxLength(128)),
  name: nameOf(256),
});
export type BusinessAccount = z.output<typeof BusinessAccount>;

export const AuthorizationFailure = z.strictObject({
  code: z.string().check(z.minLength(1), z.maxLength(128)),
  message: z.string().check(z.maxLength(1_024)),
});

/** What a lineage shares, on its origin and nowhere else: reconnecting any connection is one write here. */
const Authorization = z.object({
  status: z.enum(['active', 'error']),
  error: z.optional(AuthorizationFailure),
  version: z.int(),
  authorizedAt: z.string(),
  authorizedBy: UserId,
});
export type Authorization = z.output<typeof Authorization>;

const connection = z.object({
  orgId: OrgId,
  workspaceId: WorkspaceId,
  connectionId: ConnectionId,
  name: z.string(),
  dataSource: z.string(),
  selection: Selection,
  parent: z.optional(Reference),
  /** The connections between its parent and its origin, the nearest to the parent first (docs/adr/0015). */
  ancestors: z.optional(z.array(Reference)),
  origin: Reference,
  /** Copies made directly from it that still stand. */
  childCount: z.int(),
  createdAt: z.string(),
  createdBy: UserId,
  /** Moves with the name and the selection: what a PATCH could overwrite. */
  version: z.int(),
});
const origin = z.extend(connection, {
  businessAccount: BusinessAccount,
  authorization: Authorization,
  accountList: ListState,
  /** Every account that a connection of the lineage has ever selected by name; left out on origins of before it was kept. */
  selectedEver: z.optional(z.custom<AccountSet>((value) => value instanceof Uint8Array)),
  /** Every connection of the lineage, this one included. */
  lineageCount: z.int(),
  /** Moves with everything that the lineage shares, and with every selection that copies may follow. */
  revision: z.int(),
});
export type Connection = z.output<typeof connection>;
export type Origin = z.output<typeof origin>;

export const connectionPrefix = 'CONNECTION#';
const ulidLength = 26;

/**
 * A copy's id is a fresh id followed by its origin's, and a connection's key ends in the origin's part: a workspace can
 * hold one connection of an origin, whoever writes at the same time, without an item that says so (docs/adr/0003).
 */
export function copyId(fresh: ConnectionId, origin: ConnectionId): ConnectionId {
  return ConnectionId.parse(`${fresh}${origin.slice(-ulidLength)}`);
}

export function connectionKey(orgId: OrgId, { workspaceId, connectionId }: Reference): Key {
  return {
    pk: workspacePartition(orgId, workspaceId),
    sk: `${connectionPrefix}${connectionId.slice(-ulidLength)}`,
  };
}

/** On the index: the connections of an origin, each under its parent. */
export function lineagePartition(orgId: OrgId, originId: ConnectionId): string {
  return `ORG#${orgId}#LINEAGE#${originId}`;
}

/** On the index: the copies made directly from a connection. */
export function copiesPrefix(parentId: ConnectionId): string {
  return `${parentId}#`;
}

export function connectionItem(item: Connection | Origin): Item {
  return {
    ...connectionKey(item.orgId, item),
    gsi1pk: lineagePartition(item.orgId, item.origin.connectionId),
    gsi1sk: `${item.parent?.connectionId ?? ''}#${item.connectionId}`,
    ...item,
  };
}

export function parseConnection(item: unknown): Connection {
  return z.parse(connection, item);
}

export function parseOrigin(item: unknown): Origin {
  return z.parse(origin, item);
}
