import * as z from 'zod/mini';
import { ConnectionId, WorkspaceId } from '../../domain/ids.ts';

/** A page of a list: `nextCursor` is null at the end. */
export function pageSchema<T extends z.ZodMiniType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.nullable(z.string()) });
}

export const inWorkspace = z.object({ workspaceId: WorkspaceId });
export const inConnection = z.object({ workspaceId: WorkspaceId, connectionId: ConnectionId });
