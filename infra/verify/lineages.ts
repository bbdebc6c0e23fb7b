import type { Check } from './check.ts';
import type { Finding } from './invariant.ts';
import { type ConnectionFact, placeOf, type Tenant } from './tenant.ts';

/** Each lineage: that the parents and origins of its copies stand, and that they fit together. */
export const lineageChecks: readonly Check[] = [{ needs: ['connection'], find: lineages }];

function* lineages(tenant: Tenant): Generator<Finding> {
  const { connections } = tenant;
  const rooted = new Set<ConnectionFact>();
  for (const connection of connections.values()) {
    const { connectionId: subject, parent, origin, dataSource } = connection;
    const originFact = connections.get(placeOf(origin));
    if (parent && !connections.has(placeOf(parent)))
      yield { invariant: 'parent_gone', subject, detail: `${parent.connectionId} in ${parent.workspaceId}` };
    if (!originFact)
      yield { invariant: 'origin_gone', subject, detail: `${origin.connectionId} in ${origin.workspaceId}` };
    const detail = whyMismatched(tenant, connection, rooted);
    if (detail) yield { invariant: 'lineage_mismatch', subject, detail };
    if (originFact && originFact.dataSource !== dataSource)
      yield {
        invariant: 'data_source_mismatch',
        subject,
        detail: `${dataSource}, its origin ${originFact.dataSource}`,
      };
  }
}

/** A copy's key ends in its origin's part of the id (docs/adr/0003). */
const ulidLength = 26;

function whyMismatched(
  { connections }: Tenant,
  connection: ConnectionFact,
  rooted: Set<ConnectionFact>,
): string | undefined {
  const { connectionId, parent, origin } = connection;
  if (!parent)
    return placeOf(origin) === placeOf(connection)
      ? undefined
      : `is no copy and names ${origin.connectionId}`;
  const originId = origin.connectionId;
  if (connectionId.slice(-ulidLength) !== originId.slice(-ulidLength))
    return `its id does not end in that of its origin, ${originId}`;
  if (connections.get(placeOf(origin))?.parent) return `its origin, ${originId}, is a copy`;
  const next = connections.get(placeOf(parent));
  if (next && placeOf(next.origin) !== placeOf(origin))
    return `its origin is ${originId}, that of its parent ${next.origin.connectionId}`;
  if (next && !isSameWay(connection, next))
    return 'the ancestors that it carries are not those of its parent';
  return leadsToOriginal(connections, connection, rooted) ? undefined : 'its parents go round in a circle';
}

/** Copies of before they carried their ancestors carry none. */
function isSameWay({ origin, ancestors }: ConnectionFact, parent: ConnectionFact): boolean {
  if (!ancestors) return true;
  const above = parent.parent && placeOf(parent.parent) !== placeOf(origin) ? [parent.parent] : [];
  const expected = [...above, ...(parent.ancestors ?? [])].map(placeOf);
  return ancestors.map(placeOf).join('\n') === expected.join('\n');
}

/** Whether the way from parent to parent ends; each connection is gone through once for all that lead to it. */
function leadsToOriginal(
  connections: Tenant['connections'],
  connection: ConnectionFact,
  rooted: Set<ConnectionFact>,
): boolean {
  const way = new Set<ConnectionFact>();
  let at: ConnectionFact | undefined = connection;
  while (at?.parent && !rooted.has(at)) {
    if (way.has(at)) return false;
    way.add(at);
    at = connections.get(placeOf(at.parent));
  }
  for (const passed of way) rooted.add(passed);
  return true;
}
