import { OrganizationView } from '../../domain/organizations/organization.ts';
import { grantOwner as grant } from '../../domain/organizations/owners.ts';
import { route } from '../http/route.ts';
import { ofOwner } from '../http/schemas.ts';

export const grantOwner = route({
  operationId: 'grantOwner',
  method: 'PUT',
  path: '/v1/admin/organizations/{organizationId}/owners/{userId}',
  summary: 'Makes somebody of the organization an owner.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  params: ofOwner,
  answers: { 200: OrganizationView },
  errors: ['not_found'],
  versioned: true,
  handle: async (ctx, { params: { organizationId: orgId, userId }, expectedVersion }) => ({
    status: 200,
    body: await grant(ctx, { orgId, userId }, expectedVersion),
  }),
});
