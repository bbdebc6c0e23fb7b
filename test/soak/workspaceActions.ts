import type { Connection, OperationSummary, Workspace } from '../e2e/shapes.ts';
import type { KnownWorkspace } from './model.ts';
import { completed, type Seat, succeeded } from './seat.ts';
import { anOriginal } from './world.ts';

type MaybeOperation = { operation?: OperationSummary };

const maximumWorkspaces = 5;

/** A new workspace: empty, with a few copies, or with so many that an operation makes them. */
export async function createWorkspace(seat: Seat): Promise<void> {
  if (seat.workspaces.length >= maximumWorkspaces) return deleteWorkspace(seat);
  const { small, large } = seat.organization;
  const name = nextName(seat);
  const how = seat.random.pick(['empty', 'few', 'many', 'empty'] as const);
  const copies = small.connectionIds.map((connectionId) => ({
    workspaceId: small.workspaceId,
    connectionId,
  }));
  const reply = await seat.client.send('POST', '/v1/workspaces', {
    name,
    ...(how === 'few' && { connections: copies }),
    ...(how === 'many' && { copyAllConnectionsFrom: [large.workspaceId] }),
  });
  const made = succeeded<Workspace>(seat, 'creation', reply);
  if (!made) return;
  seat.expectations.event('workspace.created', made.workspaceId);
  if (made.operation) await completed(seat, 'creation', made.operation);
  seat.workspaces.push({
    workspaceId: made.workspaceId,
    name,
    description: '',
    connections: new Map(),
    bulk: { empty: 0, few: copies.length, many: large.count }[how],
    members: new Map(),
  });
}

export async function updateWorkspace(seat: Seat): Promise<void> {
  const known = anyOf(seat);
  if (!known) return createWorkspace(seat);
  const [name, description] = [nextName(seat), nextName(seat)];
  const reply = await seat.client.send('PATCH', `/v1/workspaces/${known.workspaceId}`, { name, description });
  if (!succeeded(seat, 'update', reply)) return;
  seat.expectations.event('workspace.updated', known.workspaceId);
  Object.assign(known, { name, description });
}

export async function deleteWorkspace(seat: Seat): Promise<void> {
  const known = anyOf(seat);
  if (!known) return;
  const reply = await seat.client.send('DELETE', `/v1/workspaces/${known.workspaceId}`);
  const body = succeeded<MaybeOperation>(seat, 'deletion', reply);
  if (!body) return;
  seat.expectations.event('workspace.deleted', known.workspaceId);
  seat.workspaces.splice(seat.workspaces.indexOf(known), 1);
  if (body.operation) await completed(seat, 'deletion', body.operation);
  seat.gone.push(known.workspaceId);
}

/** Copies of all of a source at once: a few, or by an operation. */
export async function copyConnections(seat: Seat): Promise<void> {
  const known = seat.workspaces.find(({ bulk }) => bulk === 0);
  if (!known) return createWorkspace(seat);
  const { small, large } = seat.organization;
  const isLarge = seat.random.next() < 0.3;
  const path = `/v1/workspaces/${known.workspaceId}/connections/copy`;
  const reply = await seat.client.send('POST', path, {
    allFrom: [isLarge ? large.workspaceId : small.workspaceId],
  });
  const body = succeeded<MaybeOperation>(seat, 'copy', reply);
  if (!body) return;
  seat.expectations.event('connection.copied', known.workspaceId);
  if (body.operation) await completed(seat, 'copy', body.operation);
  known.bulk = isLarge ? large.count : small.connectionIds.length;
}

export async function connect(seat: Seat): Promise<void> {
  const known = anyOf(seat);
  if (!known) return createWorkspace(seat);
  const [name, secret] = [nextName(seat), nextName(seat)];
  const path = `/v1/workspaces/${known.workspaceId}/connections`;
  const made = succeeded<Connection>(
    seat,
    'connection',
    await seat.client.send('POST', path, anOriginal(name, secret)),
  );
  if (!made) return;
  seat.expectations.event('connection.created', known.workspaceId);
  known.connections.set(made.connectionId, { name, selected: 3, secret });
}

export function anyOf({ workspaces, random }: Seat): KnownWorkspace | undefined {
  const [first, ...rest] = workspaces;
  return first && random.pick([first, ...rest]);
}

/** A text that nothing else in the run has. */
export function nextName(seat: Seat): string {
  seat.count += 1;
  return `${seat.client.login.name} ${seat.count}`;
}
