import { getCredentials as get, ServiceCredentials } from '../../domain/services/serviceConnection.ts';
import { route } from '../http/route.ts';
import { ofService, placeOf } from '../http/schemas.ts';

export const getCredentials = route({
  operationId: 'getCredentials',
  method: 'GET',
  path: '/v1/service/organizations/{organizationId}/workspaces/{workspaceId}/connections/{connectionId}/credentials',
  summary: 'The present credentials of a connection and the accounts to extract.',
  group: 'services',
  access: 'service',
  scope: 'workspaces/credentials.read',
  params: ofService,
  answers: { 200: ServiceCredentials },
  errors: ['not_found'],
  handle: async (ctx, { params }) => ({
    status: 200,
    body: await get(ctx, placeOf(params)),
    headers: { 'cache-control': 'no-store' },
  }),
});
