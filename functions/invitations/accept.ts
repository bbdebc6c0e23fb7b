import { Accepted, acceptInvitation as accept } from '../../domain/invitations/accept.ts';
import { InvitationLink } from '../../domain/invitations/openInvitation.ts';
import { route } from '../http/route.ts';

export const acceptInvitation = route({
  operationId: 'acceptInvitation',
  method: 'POST',
  path: '/v1/invitations/accept',
  summary: 'Takes up an invitation with the token of its link, for the invited email only.',
  group: 'workspaces',
  access: 'person',
  body: InvitationLink,
  answers: { 200: Accepted },
  errors: [
    'not_found',
    'invitation_for_someone_else',
    'invitation_used',
    'invitation_replaced',
    'invitation_expired',
    'workspace_busy',
    'no_organization',
  ],
  handle: async (ctx, { body }) => ({ status: 200, body: await accept(ctx, body.token) }),
});
