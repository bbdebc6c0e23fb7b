import { revokeOwner as revoke } from '../../domain/organizations/owners.ts';
import { route } from '../http/route.ts';
import { ofOwner } from '../http/schemas.ts';

export const revokeOwner = route({
  operationId: 'revokeOwner',
  method: 'DELETE',
  path: '/v1/admin/organizations/{organizationId}/owners/{userId}',
  summary: 'Takes the owner role from somebody; an organization keeps at least one.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  params: ofOwner,
  answers: { 204: undefined },
  errors: ['not_found', 'last_owner'],
  versioned: true,
  handle: async (ctx, { params: { organizationId: orgId, userId }, expectedVersion }) => {
    await revoke(ctx, { orgId, userId }, expectedVersion);
    return { status: 204 };
  },
});
