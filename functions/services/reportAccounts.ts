import {
  AccountsReport,
  ReportAccounts,
  reportAccounts as report,
} from '../../domain/services/serviceConnection.ts';
import { route } from '../http/route.ts';
import { ofService, placeOf } from '../http/schemas.ts';

export const reportAccounts = route({
  operationId: 'reportAccounts',
  method: 'PUT',
  path: '/v1/service/organizations/{organizationId}/workspaces/{workspaceId}/connections/{connectionId}/accounts',
  summary: 'Replaces the list of accounts of a lineage; names those that went.',
  group: 'services',
  access: 'service',
  scope: 'workspaces/authorization.write',
  params: ofService,
  body: ReportAccounts,
  answers: { 200: AccountsReport },
  errors: ['not_found', 'stale_authorization'],
  handle: async (ctx, { params, body }) => ({ status: 200, body: await report(ctx, placeOf(params), body) }),
});
