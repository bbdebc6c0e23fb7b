import * as z from 'zod/mini';
import { EventView } from '../../domain/events/eventView.ts';
import { listOrganizationEvents as list, OrganizationEventsQuery } from '../../domain/events/listEvents.ts';
import { OrgId } from '../../domain/ids.ts';
import { route } from '../http/route.ts';
import { pageSchema } from '../http/schemas.ts';

export const listOrganizationEvents = route({
  operationId: 'listOrganizationEvents',
  method: 'GET',
  path: '/v1/admin/organizations/{organizationId}/events',
  summary: 'The audit events of an organization, newest first.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  params: z.object({ organizationId: OrgId }),
  query: OrganizationEventsQuery,
  answers: { 200: pageSchema(EventView) },
  errors: ['not_found', 'invalid_cursor'],
  handle: async (ctx, { params, query }) => ({
    status: 200,
    body: await list(ctx, params.organizationId, query),
  }),
});
