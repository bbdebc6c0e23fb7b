import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import type { ConnectionId, OrgId, WorkspaceId } from '../ids.ts';
import { open, type Sealing, seal } from '../secrets/envelope.ts';
import { type Action, put } from '../table/action.ts';
import { findItem, type Key } from '../table/client.ts';
import { Stale } from '../table/transact.ts';
import { workspacePartition } from '../workspaces/workspace.item.ts';

const mostBytes = 16 * 1024;

/** What authorizes at the data source: any JSON object up to 16 KB. Stored encrypted, never shown to a user. */
export const Credentials = z
  .custom<Record<string, unknown>>(isObject, 'Invalid input: expected an object')
  .check(z.refine((value) => Buffer.byteLength(JSON.stringify(value)) <= mostBytes, 'is larger than 16 KB'))
  .register(z.globalRegistry, { override: { type: 'object', additionalProperties: true } });
export type Credentials = z.output<typeof Credentials>;

/** The object itself goes on: a record of the library would leave out a member `__proto__`. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The credentials of a lineage stand beside its origin. */
type Place = { orgId: OrgId; workspaceId: WorkspaceId; connectionId: ConnectionId };

/** Sealed credentials as they stand, and the authorization version that they belong to. */
export const StoredCredentials = z.object({
  sealed: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  version: z.int(),
});

export function credentialsKey({ orgId, workspaceId, connectionId }: Place): Key {
  return { pk: workspacePartition(orgId, workspaceId), sk: `CREDENTIALS#${connectionId}` };
}

/** Replaces the credentials in the caller's transaction; `version` is that of the authorization they belong to. */
export async function credentialsPut(
  ctx: Sealing,
  origin: Place,
  credentials: Credentials,
  version: number,
): Promise<Action> {
  const sealed = await seal(ctx, Buffer.from(JSON.stringify(credentials)), contextOf(origin));
  return put({ ...credentialsKey(origin), sealed, version });
}

/**
 * The credentials in the clear and the authorization version they belong to, for a service that may read them. They go
 * with their origin: without any the origin was read before it went, `Stale`.
 */
export async function readCredentials(
  ctx: Context,
  origin: Place,
): Promise<{ credentials: Credentials; version: number }> {
  const stored = await findItem(ctx, credentialsKey(origin));
  if (!stored) throw new Stale(`the origin ${origin.connectionId} was read before it went`);
  const { sealed, version } = z.parse(StoredCredentials, stored);
  const bytes = await open(ctx, sealed, contextOf(origin));
  return { credentials: z.parse(Credentials, JSON.parse(Buffer.from(bytes).toString())), version };
}

function contextOf({ orgId, connectionId }: Place) {
  return { organization: orgId, origin: connectionId };
}
