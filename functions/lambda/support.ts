import { changeLimits } from '../admin/changeLimits.ts';
import { createOrganization } from '../admin/createOrganization.ts';
import { getOrganization } from '../admin/getOrganization.ts';
import { grantOwner } from '../admin/grantOwner.ts';
import { listOrganizationEvents } from '../admin/listEvents.ts';
import { listOrganizations } from '../admin/listOrganizations.ts';
import { revokeOwner } from '../admin/revokeOwner.ts';
import { serve } from '../http/serve.ts';

/** Support: organizations and their limits. */
export const routes = [
  createOrganization,
  listOrganizations,
  getOrganization,
  changeLimits,
  grantOwner,
  revokeOwner,
  listOrganizationEvents,
];

export const handler = serve(routes);
