import { PutMember, putMember as put } from '../../domain/members/changeMember.ts';
import { MemberView } from '../../domain/members/listMembers.ts';
import { route } from '../http/route.ts';
import { changedMember } from '../http/schemas.ts';

export const putMember = route({
  operationId: 'putMember',
  method: 'PUT',
  path: '/v1/workspaces/{workspaceId}/members/{userId}',
  summary: 'Gives somebody of the organization a role in a workspace.',
  group: 'workspaces',
  access: 'admin',
  params: changedMember,
  body: PutMember,
  answers: { 200: MemberView, 201: MemberView },
  errors: ['not_found', 'last_admin', 'member_limit_reached', 'workspace_busy'],
  versioned: true,
  handle: async (ctx, { params, body, expectedVersion }) => {
    const { member, added } = await put(ctx, params, body.role, expectedVersion);
    return { status: added ? 201 : 200, body: member };
  },
});
