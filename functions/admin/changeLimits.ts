import * as z from 'zod/mini';
import { OrgId } from '../../domain/ids.ts';
import { ChangeLimits, changeLimits as change } from '../../domain/organizations/changeLimits.ts';
import { OrganizationView } from '../../domain/organizations/organization.ts';
import { route } from '../http/route.ts';

export const changeLimits = route({
  operationId: 'changeLimits',
  method: 'PATCH',
  path: '/v1/admin/organizations/{organizationId}/limits',
  summary: 'Changes the limits of an organization, with the reason that is kept in its events.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  params: z.object({ organizationId: OrgId }),
  body: ChangeLimits,
  answers: { 200: OrganizationView },
  errors: ['not_found'],
  versioned: true,
  handle: async (ctx, { params, body, expectedVersion }) => ({
    status: 200,
    body: await change(ctx, params.organizationId, body, expectedVersion),
  }),
});
