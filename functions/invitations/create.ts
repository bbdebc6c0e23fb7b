import * as z from 'zod/mini';
import { Invite, Invited, invite } from '../../domain/invitations/invite.ts';
import { route } from '../http/route.ts';

export const createInvitations = route({
  operationId: 'createInvitations',
  method: 'POST',
  path: '/v1/invitations',
  summary: 'Invites people into workspaces; who is in the organization already is added at once.',
  group: 'workspaces',
  access: 'admin',
  body: Invite,
  answers: { 201: z.object({ items: z.array(Invited) }) },
  errors: [
    'not_found',
    'member_limit_reached',
    'invitation_limit_reached',
    'unknown_user',
    'workspace_busy',
    'throttled',
  ],
  handle: async (ctx, { body }) => ({ status: 201, body: await invite(ctx, body) }),
});
