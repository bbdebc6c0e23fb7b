import { type Action, merged } from '../table/action.ts';
import { parseWorkspace, type Workspace, workspaceItem, workspaceKey } from './workspace.item.ts';

/** A workspace as a transaction leaves it: what its actions set and add, for the answer that is given with them. */
export function afterwards(workspace: Workspace, actions: readonly Action[]): Workspace {
  const { pk, sk } = workspaceKey(workspace.orgId, workspace.workspaceId);
  const action = merged(actions.filter(({ key }) => key.pk === pk && key.sk === sk))[0];
  if (action?.write.kind !== 'update') return workspace;
  const { set = {}, add = {} } = action.write.changes;
  const before: Record<string, unknown> = workspaceItem(workspace);
  const counted = Object.entries(add).map(([name, by]) => [name, Number(before[name]) + Number(by)]);
  return parseWorkspace({ ...before, ...set, ...Object.fromEntries(counted) });
}
