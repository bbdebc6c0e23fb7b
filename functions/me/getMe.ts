import { Me, getMe as read } from '../../domain/users/me.ts';
import { route } from '../http/route.ts';

export const getMe = route({
  operationId: 'getMe',
  method: 'GET',
  path: '/v1/me',
  summary: 'Who the caller is, the workspaces they see, and whether they may create one.',
  group: 'workspaces',
  access: 'member',
  answers: { 200: Me },
  handle: async (ctx) => ({ status: 200, body: await read(ctx) }),
});
