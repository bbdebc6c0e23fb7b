import * as z from 'zod/mini';
import { ConnectionId, InvitationId, OrgId, UserId, WorkspaceId } from '../../domain/ids.ts';
import type { ServicePlace } from '../../domain/services/serviceConnection.ts';

/** A page of a list: `nextCursor` is null at the end. */
export function pageSchema<T extends z.ZodMiniType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.nullable(z.string()) });
}

export const inWorkspace = z.object({ workspaceId: WorkspaceId });
export const inConnection = z.object({ workspaceId: WorkspaceId, connectionId: ConnectionId });
export const changedMember = z.object({ workspaceId: WorkspaceId, userId: UserId });
export const ofInvitation = z.object({ invitationId: InvitationId });
export const ofOwner = z.object({ organizationId: OrgId, userId: UserId });
export const ofService = z.object({
  organizationId: OrgId,
  workspaceId: WorkspaceId,
  connectionId: ConnectionId,
});

export function placeOf({ organizationId, ...at }: z.output<typeof ofService>): ServicePlace {
  return { orgId: organizationId, ...at };
}
