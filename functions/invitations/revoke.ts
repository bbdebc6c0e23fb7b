import { revokeInvitation as revoke } from '../../domain/invitations/manage.ts';
import { route } from '../http/route.ts';
import { ofInvitation } from '../http/schemas.ts';

export const revokeInvitation = route({
  operationId: 'revokeInvitation',
  method: 'DELETE',
  path: '/v1/invitations/{invitationId}',
  summary: 'Revokes an invitation; its link is dead.',
  group: 'workspaces',
  access: 'anyAdmin',
  params: ofInvitation,
  answers: { 204: undefined },
  errors: ['not_found', 'invitation_used'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => {
    await revoke(ctx, params.invitationId, expectedVersion);
    return { status: 204 };
  },
});
