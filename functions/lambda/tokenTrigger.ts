import type { Context as LambdaContext, PreTokenGenerationV2TriggerEvent } from 'aws-lambda';
import { organizationOf } from '../../domain/identity/identity.ts';
import { once } from '../../domain/once.ts';
import { attemptIn, environmentFrom } from '../http/environment.ts';

const outside = once(async () => environmentFrom(process.env));

/**
 * Puts into a person's access token what the API asks of it: the organization that it acts in, the name, and the email
 * once it is verified. Roles are no part of it: they are read from the table. When the table does not answer there is no
 * token, rather than one without its organization.
 */
export async function handler(
  event: PreTokenGenerationV2TriggerEvent,
  context: LambdaContext,
): Promise<PreTokenGenerationV2TriggerEvent> {
  const { userAttributes, clientMetadata } = event.request;
  const { sub = '', email, email_verified: verified, name } = userAttributes;
  const attempt = attemptIn(await outside(), context.getRemainingTimeInMillis());
  const orgId = await organizationOf(attempt, sub, clientMetadata?.orgId);
  const claimsToAddOrOverride = {
    ...(orgId && { org_id: orgId }),
    ...(email && verified === 'true' && { email }),
    ...(name && { name }),
  };
  return {
    ...event,
    response: {
      claimsAndScopeOverrideDetails: { accessTokenGeneration: { claimsToAddOrOverride } },
    },
  };
}
