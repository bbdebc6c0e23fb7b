import { type Event, parseEvent } from '../../domain/events/event.item.ts';
import type { Tenant } from './invariants.ts';

/**
 * One event for one effect: what came and went by the events is what stands. Items that a test wrote past the domain
 * have no events and are reported.
 */
export function brokenEvents({ events, workspaces, connections, memberships }: Tenant): string[] {
  const all = events.map(parseEvent);
  const deleted = new Set(all.filter(({ type }) => type === 'workspace.deleted').map((e) => e.workspaceId));
  // With a workspace goes all that is in it.
  const told = all.filter(({ workspaceId }) => !deleted.has(workspaceId));
  return [
    ...difference(
      'workspaces',
      workspaces.map(({ workspaceId }) => workspaceId),
      balance(told, workspaceChange),
    ),
    ...difference(
      'connections',
      connections.map(({ connectionId }) => connectionId),
      balance(told, connectionChange),
    ),
    ...difference(
      'memberships',
      memberships.map(({ workspaceId, userId }) => `${workspaceId} ${userId}`),
      balance(told, memberChange),
    ),
  ];
}

type Change = { came?: unknown[]; went?: unknown[] };
type Named = { connectionId?: unknown; userId?: unknown };

function workspaceChange({ type, workspaceId }: Event): Change {
  if (type === 'workspace.created') return { came: [workspaceId] };
  return type === 'workspace.deleted' ? { went: [workspaceId] } : {};
}

function connectionChange({ type, details }: Event): Change {
  const several = details.connections as Named[] | undefined;
  const ids = (several ?? [details as Named]).map(({ connectionId }) => connectionId);
  if (type === 'workspace.created') return { came: several ? ids : [] };
  if (type === 'connection.copied' || type === 'connection.created') return { came: ids };
  return type === 'connection.deleted' ? { went: ids } : {};
}

function memberChange({ type, workspaceId, details, actor }: Event): Change {
  // One event for the whole organization follows those of its workspaces.
  if (workspaceId === undefined) return {};
  // What an operation provisions begins with its creator; the others have events of their own.
  const several = details.operationId ? [{ userId: actor.id }] : (details.members as Named[] | undefined);
  const ids = (several ?? [details as Named]).map(({ userId }) => `${workspaceId} ${userId}`);
  if (type === 'workspace.created' || type === 'member.added') return { came: ids };
  return type === 'member.removed' ? { went: ids } : {};
}

/** How often each thing came more than it went. */
function balance(events: Event[], changeOf: (event: Event) => Change): Map<unknown, number> {
  const counts = new Map<unknown, number>();
  const add = (id: unknown, by: number) => counts.set(id, (counts.get(id) ?? 0) + by);
  for (const { came = [], went = [] } of events.map(changeOf)) {
    for (const id of came) add(id, 1);
    for (const id of went) add(id, -1);
  }
  return counts;
}

function difference(what: string, standing: string[], told: Map<unknown, number>): string[] {
  const ids = new Set<unknown>([...standing, ...told.keys()]);
  return [...ids].flatMap((id) => {
    const present = standing.filter((standingId) => standingId === id).length;
    const expected = told.get(id) ?? 0;
    return present === expected ? [] : [`${what}: events tell of ${expected} ${id}, there are ${present}`];
  });
}
