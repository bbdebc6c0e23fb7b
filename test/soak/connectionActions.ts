import type { Connection } from '../e2e/shapes.ts';
import type { KnownConnection, KnownWorkspace } from './model.ts';
import { type Seat, succeeded } from './seat.ts';
import { anyOf, connect, nextName } from './workspaceActions.ts';

type Found = { known: KnownWorkspace; connectionId: string; connection: KnownConnection };

/** One of the caller's originals, if the workspace that chance gives has one. */
function anOriginalOf(seat: Seat): Found | undefined {
  const known = anyOf(seat);
  const [first, ...rest] = known?.connections ?? [];
  if (!known || !first) return undefined;
  const [connectionId, connection] = seat.random.pick([first, ...rest]);
  return { known, connectionId, connection };
}

const pathOf = ({ known, connectionId }: Found) =>
  `/v1/workspaces/${known.workspaceId}/connections/${connectionId}`;

export async function reconnect(seat: Seat): Promise<void> {
  const found = anOriginalOf(seat);
  if (!found) return connect(seat);
  const secret = nextName(seat);
  const body = { credentials: { refreshToken: secret } };
  const reply = await seat.client.send('POST', `${pathOf(found)}/reconnect`, body);
  if (!succeeded(seat, 'reconnection', reply)) return;
  seat.expectations.event('connection.reconnected', found.known.workspaceId);
  found.connection.secret = secret;
}

export async function changeConnection(seat: Seat): Promise<void> {
  const found = anOriginalOf(seat);
  if (!found) return connect(seat);
  const name = nextName(seat);
  const accountIds = ['a1', 'a2', 'a3'].slice(0, seat.random.between(1, 3));
  const reply = await seat.client.send('PATCH', pathOf(found), { name, accountIds });
  if (!succeeded(seat, 'change of a connection', reply)) return;
  seat.expectations.event('connection.updated', found.known.workspaceId);
  Object.assign(found.connection, { name, selected: accountIds.length });
}

export async function disconnect(seat: Seat): Promise<void> {
  const found = anOriginalOf(seat);
  if (!found) return connect(seat);
  if (!succeeded(seat, 'disconnection', await seat.client.send('DELETE', pathOf(found)))) return;
  seat.expectations.event('connection.deleted', found.known.workspaceId);
  found.known.connections.delete(found.connectionId);
}

/** What the workers that extract data say: it failed, it works, these are its accounts. */
export async function report(seat: Seat): Promise<void> {
  const found = anOriginalOf(seat);
  if (!found) return connect(seat);
  const { authorizationVersion } = await seat.client.make<Connection>('GET', pathOf(found));
  const path = pathOf(found).replace('/v1/', `/v1/service/organizations/${seat.organizationId}/`);
  const error = { code: 'token_revoked', message: 'As asked.' };
  const accounts = anOriginal3.map((id) => ({ id, name: nextName(seat) }));
  for (const [what, body] of [
    ['authorization', { authorizationVersion, status: 'error', error }],
    ['authorization', { authorizationVersion, status: 'active' }],
    ['accounts', { authorizationVersion, accounts }],
  ] as const)
    succeeded(seat, `report of ${what}`, await seat.service.send('PUT', `${path}/${what}`, body));
}

const anOriginal3 = ['a1', 'a2', 'a3'];

const lists = [
  '/v1/me',
  '/v1/workspaces',
  '/v1/workspaces/draft',
  '/v1/users',
  '/v1/accounts?search=Account',
  '/v1/events',
  '/v1/invitations',
] as const;

/** Something that only reads. */
export async function look(seat: Seat): Promise<void> {
  const path = seat.random.pick(lists);
  const known = anyOf(seat);
  if (path === '/v1/events' && seat.client !== seat.organization.owner) {
    if (known) await readable(seat, `${path}?workspaceId=${known.workspaceId}`);
    return;
  }
  await readable(
    seat,
    path === '/v1/workspaces/draft' && known ? `${path}?fromWorkspaceId=${known.workspaceId}` : path,
  );
}

async function readable(seat: Seat, path: string): Promise<void> {
  succeeded(seat, `reading ${path}`, await seat.client.send('GET', path));
}
