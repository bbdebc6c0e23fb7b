import { InvitationLink } from '../../domain/invitations/openInvitation.ts';
import { InvitationPreview, previewInvitation as preview } from '../../domain/invitations/preview.ts';
import { route } from '../http/route.ts';

export const previewInvitation = route({
  operationId: 'previewInvitation',
  method: 'POST',
  path: '/v1/invitations/preview',
  summary: 'What an invitation is about, for whoever holds its link; needs no access token.',
  group: 'preview',
  access: 'anyone',
  body: InvitationLink,
  answers: { 200: InvitationPreview },
  errors: ['not_found', 'invitation_used', 'invitation_replaced', 'invitation_expired'],
  handle: async (ctx, { body }) => ({ status: 200, body: await preview(ctx, body.token) }),
});
