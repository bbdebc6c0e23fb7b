import type { Connection, Member, ServiceCredentials, Workspace } from '../e2e/shapes.ts';
import { walk } from './client.ts';
import type { Seat } from './seat.ts';

/** What a caller knows of a connection of theirs. */
export type KnownConnection = {
  name: string;
  selected: number;
  /** Of an original: what a service is given. */
  secret?: string;
};

/** What a caller knows of a workspace that nobody else changes. */
export type KnownWorkspace = {
  workspaceId: string;
  name: string;
  description: string;
  connections: Map<string, KnownConnection>;
  /** Copies that came in bulk: only their number is known. */
  bulk: number;
  /** Members that the caller has put in, by id; `undefined`: taken out. */
  members: Map<string, string | undefined>;
};

/** Reads a workspace back and names every difference from what was answered. */
export async function compare(seat: Seat, known: KnownWorkspace): Promise<void> {
  const { client, tally } = seat;
  const path = `/v1/workspaces/${known.workspaceId}`;
  const differs = (what: string, is: unknown, was: unknown) => {
    if (is !== was) tally.violation(`${path}: ${what} is ${String(is)}, answered was ${String(was)}`);
  };
  const { status, text } = await client.send('GET', path);
  if (status !== 200) return tally.violation(`${path} was answered and is now ${status}: ${text}`);
  const found = JSON.parse(text) as Workspace;
  differs('name', found.name, known.name);
  differs('description', found.description, known.description);
  differs('status', found.status, 'active');
  const connections = await walk<Connection>(client, `${path}/connections`);
  differs('number of connections', connections.length, known.connections.size + known.bulk);
  const byId = new Map(connections.map((connection) => [connection.connectionId, connection]));
  for (const [connectionId, { name, selected, secret }] of known.connections) {
    const connection = byId.get(connectionId);
    differs(`name of ${connectionId}`, connection?.name, name);
    differs(`selection of ${connectionId}`, connection?.accounts.selected, selected);
    if (secret !== undefined)
      differs(`secret of ${connectionId}`, await secretOf(seat, known, connectionId), secret);
  }
  const members = await walk<Member>(client, `${path}/members`);
  const roles = new Map(members.map(({ userId, role }) => [userId, role]));
  for (const [userId, role] of known.members) differs(`role of ${userId}`, roles.get(userId), role);
}

async function secretOf(
  { service, organizationId }: Seat,
  { workspaceId }: KnownWorkspace,
  connectionId: string,
): Promise<unknown> {
  const path = `/v1/service/organizations/${organizationId}/workspaces/${workspaceId}/connections/${connectionId}/credentials`;
  const { status, text } = await service.send('GET', path);
  if (status !== 200) return `${status}: ${text}`;
  return (JSON.parse(text) as ServiceCredentials).credentials.refreshToken;
}
