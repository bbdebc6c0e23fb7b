import { InvitationView } from '../../domain/invitations/invitation.view.ts';
import { resendInvitation as resend } from '../../domain/invitations/manage.ts';
import { route } from '../http/route.ts';
import { ofInvitation } from '../http/schemas.ts';

export const resendInvitation = route({
  operationId: 'resendInvitation',
  method: 'POST',
  path: '/v1/invitations/{invitationId}/resend',
  summary: 'Sends a new link, valid 48 hours; the old link is dead.',
  group: 'workspaces',
  access: 'anyAdmin',
  params: ofInvitation,
  answers: { 200: InvitationView },
  errors: ['not_found', 'invitation_used'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => ({
    status: 200,
    body: await resend(ctx, params.invitationId, expectedVersion),
  }),
});
