import type { ConnectionId, WorkspaceId } from '../ids.ts';

/** A connection that was not copied: the workspace has one of the same origin, or it is too many copies deep. */
export type Passed = {
  workspaceId: WorkspaceId;
  connectionId: ConnectionId;
  code: 'already_connected' | 'validation_failed';
};

/** What a request passed over: the first ones by name, and how many there are. */
export type PassedOver = { items: Passed[]; count: number };

/** As many are named in an answer, and kept for the operation that passes them over. */
const namedAtMost = 1_000;

export function nothingPassedOver(): PassedOver {
  return { items: [], count: 0 };
}

/** Adds to what was passed over; names stop where an answer would become too large. */
export function passOver(all: PassedOver, more: readonly Passed[]): void {
  all.items.push(...more.slice(0, Math.max(0, namedAtMost - all.items.length)));
  all.count += more.length;
}
