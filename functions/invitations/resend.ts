import { InvitationView } from '../../domain/invitations/invitation.view.ts';
import { resendInvitation as resend } from '../../domain/invitations/manage.ts';
import { route } from '../http/route.ts';
import { ofInvitation } from '../http/schemas.ts';

export const resendInvitation = route({
  operationId: 'resendInvitation',
  method: 'POST',
  path: '/v1/invitations/{invitationId}/resend',
  summary: 'Sends a new link, valid 48 hours; the old link is dead. Once a minute.',
  group: 'workspaces',
  access: 'anyAdmin',
  params: ofInvitation,
  answers: { 200: InvitationView },
  errors: ['not_found', 'invitation_used', 'member_limit_reached', 'invitation_limit_reached', 'throttled'],
  versioned: true,
  handle: async (ctx, { params, expectedVersion }) => ({
    status: 200,
    body: await resend(ctx, params.invitationId, expectedVersion),
  }),
});
