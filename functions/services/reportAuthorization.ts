import {
  AuthorizationView,
  ReportAuthorization,
  reportAuthorization as report,
} from '../../domain/services/serviceConnection.ts';
import { route } from '../http/route.ts';
import { ofService, placeOf } from '../http/schemas.ts';

export const reportAuthorization = route({
  operationId: 'reportAuthorization',
  method: 'PUT',
  path: '/v1/service/organizations/{organizationId}/workspaces/{workspaceId}/connections/{connectionId}/authorization',
  summary: 'Reports that an authorization fails, or works: the whole lineage shows it.',
  group: 'services',
  access: 'service',
  scope: 'workspaces/authorization.write',
  params: ofService,
  body: ReportAuthorization,
  answers: { 200: AuthorizationView },
  errors: ['not_found', 'stale_authorization'],
  handle: async (ctx, { params, body }) => ({ status: 200, body: await report(ctx, placeOf(params), body) }),
});
