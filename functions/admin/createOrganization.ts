import {
  CreatedOrganization,
  CreateOrganization,
  createOrganization as create,
} from '../../domain/organizations/createOrganization.ts';
import { route } from '../http/route.ts';

export const createOrganization = route({
  operationId: 'createOrganization',
  method: 'POST',
  path: '/v1/admin/organizations',
  summary: 'Creates an organization and invites its first owner by mail.',
  group: 'support',
  access: 'support',
  scope: 'workspaces/support',
  body: CreateOrganization,
  answers: { 201: CreatedOrganization },
  handle: async (ctx, { body }) => {
    const created = await create(ctx, body);
    const location = `/v1/admin/organizations/${created.organization.organizationId}`;
    return { status: 201, body: created, headers: { location } };
  },
});
