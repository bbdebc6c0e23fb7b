import { difference, noAccounts, union } from '../../domain/accounts/accountSet.ts';
import {
  type Connection,
  connectionItem,
  type Origin,
  parseConnection,
  parseOrigin,
} from '../../domain/connections/connection.item.ts';
import { digestOf, greatestOf } from './accounts.ts';
import { type Check, type Kind, miscounted } from './check.ts';
import type { Finding } from './invariant.ts';
import { type ConnectionFact, type OriginFact, placeOf, type Tenant } from './tenant.ts';
import { standsIn } from './told.ts';

/** A connection, an original or a copy. */
export const connectionKind: Kind = {
  name: 'connection',
  at: /^ORG#[^#]+#WORKSPACE#[^#]+ CONNECTION#/,
  read(item) {
    const connection = item.parent === undefined ? parseOrigin(item) : parseConnection(item);
    const fact = factOf(connection);
    const { selection } = connection;
    return {
      keys: connectionItem(connection),
      keep: ({ connections, selectedByName, told }) => {
        connections.set(placeOf(fact), fact);
        const lineage = placeOf(fact.origin);
        if (selection.mode === 'selected')
          selectedByName.set(lineage, union(selectedByName.get(lineage) ?? noAccounts, selection.accounts));
        standsIn(told, fact.workspaceId, fact.connectionId);
      },
    };
  },
};

function factOf(connection: Connection | Origin): ConnectionFact {
  const { workspaceId, connectionId, dataSource, parent, ancestors, origin, childCount, selection } =
    connection;
  const upTo = selection.mode === 'all' ? selection.asOf : greatestOf(selection.accounts);
  const own = { workspaceId, connectionId, dataSource, origin, childCount, mode: selection.mode, upTo };
  if (parent) return { ...own, parent, ancestors };
  return { ...own, ...('accountList' in connection && { shared: sharedOf(connection) }) };
}

function sharedOf({ lineageCount, authorization, accountList, selectedEver }: Origin): OriginFact {
  const { version, pages, storedPages, nextOrdinal, available } = accountList;
  const list = { version, pages, storedPages, nextOrdinal, available: digestOf(available) };
  return { lineageCount, authorizationVersion: authorization.version, selectedEver, list };
}

/** Each connection: what it counts, that it is the only one of its origin in its workspace, and what it selects. */
export const connectionChecks: readonly Check[] = [
  { needs: ['connection'], find: counts },
  { needs: ['connection'], find: twice },
  { needs: ['connection'], find: selections },
  { needs: ['connection'], find: remembered },
];

function* counts({ connections }: Tenant): Generator<Finding> {
  const children = new Map<string, number>();
  const lineage = new Map<string, number>();
  for (const { parent, origin } of connections.values()) {
    if (parent) children.set(placeOf(parent), (children.get(placeOf(parent)) ?? 0) + 1);
    lineage.set(placeOf(origin), (lineage.get(placeOf(origin)) ?? 0) + 1);
  }
  for (const [place, { connectionId, childCount, shared }] of connections) {
    yield* miscounted('child_count', connectionId, childCount, children.get(place) ?? 0);
    if (shared)
      yield* miscounted('lineage_count', connectionId, shared.lineageCount, lineage.get(place) ?? 0);
  }
}

function* twice({ connections }: Tenant): Generator<Finding> {
  const held = new Map<string, string>();
  for (const { workspaceId, connectionId, origin } of connections.values()) {
    const key = `${workspaceId} ${origin.connectionId}`;
    const other = held.get(key);
    held.set(key, connectionId);
    if (other)
      yield {
        invariant: 'origin_twice',
        subject: workspaceId,
        detail: `${other} and ${connectionId} are both of ${origin.connectionId}`,
      };
  }
}

/** What a copy selects need not be what its parent selects now: only never more than the origin has ever had. */
function* selections({ connections }: Tenant): Generator<Finding> {
  for (const { connectionId: subject, origin, mode, upTo } of connections.values()) {
    const list = connections.get(placeOf(origin))?.shared?.list;
    if (!list) continue;
    if (mode === 'selected' && upTo >= list.nextOrdinal)
      yield {
        invariant: 'selection_outside_list',
        subject,
        detail: `selects account ${upTo}, the list has had ${list.nextOrdinal}`,
      };
    if (mode === 'all' && upTo > list.version)
      yield {
        invariant: 'selection_outside_list',
        subject,
        detail: `is as of version ${upTo}, the list is at ${list.version}`,
      };
  }
}

/** Origins of before it was kept remember nothing, and treat every ordinal as one that is selected. */
function* remembered({ connections, selectedByName }: Tenant): Generator<Finding> {
  for (const [place, selected] of selectedByName) {
    const origin = connections.get(place);
    if (!origin?.shared?.selectedEver) continue;
    const ordinal = greatestOf(difference(selected, origin.shared.selectedEver));
    if (ordinal >= 0)
      yield {
        invariant: 'selection_unremembered',
        subject: origin.connectionId,
        detail: `a connection of its lineage selects account ${ordinal}, which it does not remember`,
      };
  }
}
