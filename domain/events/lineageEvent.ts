import type { Connection } from '../connections/connection.item.ts';
import type { DraftOf } from './event.ts';
import type { DetailsOf } from './eventDetails.ts';

type LineageEventType =
  | 'connection.reconnected'
  | 'connection.failed'
  | 'connection.recovered'
  | 'connection.updated';

/**
 * What happened to all that a lineage shares, through one of its connections: listed in the workspace of that one, in the
 * origin's, and with the lineage.
 */
export function lineageEvent<Type extends LineageEventType>(
  { orgId, workspaceId, connectionId, origin }: Connection,
  type: Type,
  details: Omit<DetailsOf<Type>, 'connectionId' | 'originId'>,
): DraftOf<Type> {
  return {
    orgId,
    type,
    workspaceId,
    listedIn: origin.workspaceId === workspaceId ? [] : [origin.workspaceId],
    originId: origin.connectionId,
    // What was left out is put back; TypeScript can't tell so of a type parameter.
    details: { connectionId, originId: origin.connectionId, ...details } as DetailsOf<Type>,
  };
}
