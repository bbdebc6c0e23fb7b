import {
  listOrganizations as list,
  OrganizationsQuery,
} from '../../domain/organizations/listOrganizations.ts';
import { OrganizationView } from '../../domain/organizations/organization.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listOrganizations = route({
  operationId: 'listOrganizations',
  method: 'GET',
  path: '/v1/admin/organizations',
  summary: 'All organizations, by part of the name.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  query: OrganizationsQuery,
  answers: { 200: pageSchema(OrganizationView) },
  errors: ['invalid_cursor'],
  handle: async (ctx, { query }) => ({ status: 200, body: await list(ctx, query) }),
});
