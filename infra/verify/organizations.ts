import { organizationItem, parseOrganization } from '../../domain/organizations/organization.item.ts';
import { type Check, type Kind, miscounted } from './check.ts';
import type { Finding } from './invariant.ts';
import type { Tenant } from './tenant.ts';

/** An organization. */
export const organizationKind: Kind = {
  name: 'organization',
  at: /^ORG#[^#]+ ORGANIZATION$/,
  read(item) {
    const organization = parseOrganization(item);
    const { workspaceCount, ownerIds } = organization;
    return {
      keys: organizationItem(organization),
      keep: (tenant) => {
        tenant.organization = { workspaceCount, ownerIds };
      },
    };
  },
};

/** The organization itself: that it stands, how many workspaces it has, and who owns it. */
export const organizationChecks: readonly Check[] = [
  { needs: ['organization'], find: missing },
  { needs: ['organization', 'workspace'], find: workspaceCount },
  { needs: ['organization', 'user'], find: owners },
];

function* missing({ organization, orgId }: Tenant): Generator<Finding> {
  if (!organization)
    yield {
      invariant: 'organization_missing',
      subject: orgId,
      detail: 'items stand under its keys, it does not',
    };
}

function* workspaceCount({ organization, workspaces, orgId }: Tenant): Generator<Finding> {
  if (organization) yield* miscounted('workspace_count', orgId, organization.workspaceCount, workspaces.size);
}

/** Before the first owner has accepted, an organization has nobody at all; from then on it keeps one. */
function* owners({ organization, people, orgId }: Tenant): Generator<Finding> {
  if (!organization) return;
  const listed: ReadonlySet<string> = organization.ownerIds;
  const actual = [...people.values()].filter(({ organizationRole }) => organizationRole === 'owner');
  const ids = new Set<string>(actual.map(({ userId }) => userId));
  const unlisted = [...ids].filter((id) => !listed.has(id));
  const others = [...listed].filter((id) => !ids.has(id));
  const detail = [
    ...unlisted.map((id) => `${id} is an owner and is not listed`),
    ...others.map((id) => `${id} is listed and is no owner`),
  ].join(', ');
  if (detail) yield { invariant: 'owner_list', subject: orgId, detail };
  if (people.size > 0 && actual.length === 0)
    yield { invariant: 'no_owner', subject: orgId, detail: `none of its ${people.size} people is an owner` };
}
