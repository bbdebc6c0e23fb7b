import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { notFound } from '../errors.ts';
import type { OrgId } from '../ids.ts';
import { findItem, findItems, type Reading } from '../table/client.ts';
import { parseUser, userKey } from '../users/user.item.ts';
import { Limits, type Organization, organizationKey, parseOrganization } from './organization.item.ts';

/** An organization by id. Throws `not_found`. */
export async function getOrganization(ctx: Reading, orgId: OrgId): Promise<Organization> {
  const item = await findItem(ctx, organizationKey(orgId));
  if (!item) throw notFound();
  return parseOrganization(item);
}

/** An organization as support sees it. */
export const OrganizationView = z.object({
  organizationId: z.string(),
  name: z.string(),
  limits: Limits,
  usage: z.object({ workspaces: z.int() }),
  owners: z.array(z.object({ userId: z.string(), email: z.string(), name: z.string() })),
  createdAt: z.string(),
  version: z.int(),
});
export type OrganizationView = z.output<typeof OrganizationView>;

/** An organization as support sees it. Throws `not_found`. */
export async function getOrganizationView(ctx: Context, orgId: OrgId): Promise<OrganizationView> {
  return viewOrganization(ctx, await getOrganization(ctx, orgId));
}

export async function viewOrganization(ctx: Context, organization: Organization): Promise<OrganizationView> {
  const [view] = await viewOrganizations(ctx, [organization]);
  if (!view) throw notFound();
  return view;
}

/** Organizations with the names of their owners, read in one batch. */
export async function viewOrganizations(
  ctx: Context,
  organizations: readonly Organization[],
): Promise<OrganizationView[]> {
  const keys = organizations.flatMap(({ orgId, ownerIds }) => [...ownerIds].map((id) => userKey(orgId, id)));
  const users = (await findItems(ctx, keys)).map(parseUser);
  return organizations.map((organization) => ({
    organizationId: organization.orgId,
    name: organization.name,
    limits: organization.limits,
    usage: { workspaces: organization.workspaceCount },
    owners: users
      .filter(({ orgId }) => orgId === organization.orgId)
      .map(({ userId, email, name }) => ({ userId, email, name })),
    createdAt: organization.createdAt,
    version: organization.version,
  }));
}
