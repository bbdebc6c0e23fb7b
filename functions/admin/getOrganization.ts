import * as z from 'zod/mini';
import { OrgId } from '../../domain/ids.ts';
import { getOrganizationView, OrganizationView } from '../../domain/organizations/organization.ts';
import { route } from '../http/route.ts';

export const getOrganization = route({
  operationId: 'getOrganization',
  method: 'GET',
  path: '/v1/admin/organizations/{organizationId}',
  summary: 'An organization with its limits, usage and owners.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  params: z.object({ organizationId: OrgId }),
  answers: { 200: OrganizationView },
  errors: ['not_found'],
  handle: async (ctx, { params }) => ({
    status: 200,
    body: await getOrganizationView(ctx, params.organizationId),
  }),
});
