import { changeLimits } from '../admin/changeLimits.ts';
import { createOrganization } from '../admin/createOrganization.ts';
import { getOrganization } from '../admin/getOrganization.ts';
import { listOrganizationEvents } from '../admin/listEvents.ts';
import { listOrganizations } from '../admin/listOrganizations.ts';
import { serve } from '../http/serve.ts';

/** Support: organizations and their limits. */
export const routes = [
  createOrganization,
  listOrganizations,
  getOrganization,
  changeLimits,
  listOrganizationEvents,
];

export const handler = serve(routes);
