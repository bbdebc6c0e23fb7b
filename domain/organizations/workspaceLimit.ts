import { DomainError } from '../errors.ts';
import { type Action, count, update } from '../table/action.ts';
import { below } from '../table/condition.ts';
import { type Organization, organizationKey, parseOrganization } from './organization.item.ts';

/** The words of the product's documentation. */
const workspaceLimitDetail =
  'Please reach out to your Customer Success Manager or our Support Team to increase the workspaces limit.';

/** 409 at the limit, as POST answers it and as the draft foretells it. */
export function workspaceLimitReached({ workspaceCount, limits }: Organization): DomainError | undefined {
  if (workspaceCount < limits.workspaces) return undefined;
  return new DomainError('workspace_limit_reached', workspaceLimitDetail, {
    extra: { limit: limits.workspaces, used: workspaceCount },
  });
}

/** One more workspace, never above the limit whoever creates at the same time. */
export function takePlace({ orgId }: Organization): Action {
  return update(
    organizationKey(orgId),
    { add: { workspaceCount: 1, version: 1 } },
    {
      when: [below('workspaceCount', 'limits.workspaces')],
      failed: (found) => found && workspaceLimitReached(parseOrganization(found)),
    },
  );
}

/** One workspace less. */
export function givePlaceBack({ orgId }: Pick<Organization, 'orgId'>): Action {
  return count(organizationKey(orgId), { workspaceCount: -1, version: 1 });
}
