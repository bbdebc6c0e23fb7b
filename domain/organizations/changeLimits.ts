import * as z from 'zod/mini';
import type { SupportContext } from '../context.ts';
import type { OrgId } from '../ids.ts';
import { update } from '../table/action.ts';
import { equals } from '../table/condition.ts';
import { write } from '../table/write.ts';
import { type ExpectedVersion, expectVersion } from '../version.ts';
import { LimitValue, present } from './createOrganization.ts';
import { organizationKey } from './organization.item.ts';
import { getOrganization, type OrganizationView, viewOrganization } from './organization.ts';

export const ChangeLimits = z
  .strictObject({
    workspaces: z.optional(LimitValue),
    membersPerWorkspace: z.optional(LimitValue),
    connectionsPerWorkspace: z.optional(LimitValue),
    reason: z.string().check(z.trim(), z.minLength(1), z.maxLength(1_000)),
  })
  .check(z.refine(({ reason: _, ...limits }) => Object.keys(present(limits)).length > 0, 'names no limit'))
  // The reason and at least one limit.
  .register(z.globalRegistry, { minProperties: 2 });

/**
 * Changes an organization's limits; a limit under the present usage stops further growth only. The event keeps the
 * reason and the values before and after. Throws `not_found`, `version_mismatch`.
 */
export async function changeLimits(
  ctx: SupportContext,
  orgId: OrgId,
  input: z.output<typeof ChangeLimits>,
  expectedVersion?: ExpectedVersion,
): Promise<OrganizationView> {
  return write(ctx, async () => {
    const organization = await getOrganization(ctx, orgId);
    expectVersion(expectedVersion, organization.version);
    const { reason, ...named } = input;
    const limits = { ...organization.limits, ...present(named) };
    const version = organization.version + 1;
    return {
      answer: await viewOrganization(ctx, { ...organization, limits, version }),
      actions: [
        update(
          organizationKey(orgId),
          { set: { limits, version } },
          { when: [equals('version', organization.version)] },
        ),
      ],
      events: [
        { orgId, type: 'limits.changed', details: { reason, before: organization.limits, after: limits } },
      ],
    };
  });
}
