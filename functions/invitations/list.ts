import { InvitationView } from '../../domain/invitations/invitation.view.ts';
import { InvitationsQuery, listInvitations as list } from '../../domain/invitations/manage.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listInvitations = route({
  operationId: 'listInvitations',
  method: 'GET',
  path: '/v1/invitations',
  summary: 'Invitations into workspaces that the caller administers; never their tokens.',
  group: 'workspaces',
  access: 'anyAdmin',
  query: InvitationsQuery,
  answers: { 200: pageSchema(InvitationView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { query }) => ({ status: 200, body: await list(ctx, query) }),
});
