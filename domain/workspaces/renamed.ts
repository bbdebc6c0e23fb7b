import { workspaceIsActive } from '../access/access.ts';
import { timestamp, type UserContext } from '../context.ts';
import type { EventDraft } from '../events/event.ts';
import { type Action, update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { type Workspace, workspaceKey } from './workspace.item.ts';

/**
 * New name and description of a workspace as it was read. With `also`, other parts of one update change it too: its
 * version is then a condition all the same, so that the answer is what stands.
 */
export function renamed(
  ctx: UserContext,
  workspace: Workspace,
  asked: { name?: string | undefined; description?: string | undefined },
  { also }: { also: boolean },
): { actions: Action[]; events: EventDraft[] } {
  const { name = workspace.name, description = workspace.description } = asked;
  const isRenamed = name !== workspace.name || description !== workspace.description;
  if (!isRenamed && !also) return { actions: [], events: [] };
  const { orgId, workspaceId, version } = workspace;
  const before = { name: workspace.name, description: workspace.description };
  return {
    actions: [
      update(
        workspaceKey(orgId, workspaceId),
        { set: { name, description, updatedAt: timestamp(ctx) }, add: { version: 1 } },
        { when: [workspaceIsActive, equals('version', version)] },
      ),
    ],
    events: isRenamed
      ? [{ orgId, type: 'workspace.updated', workspaceId, details: { before, after: { name, description } } }]
      : [],
  };
}
