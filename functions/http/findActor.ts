import { noOrganization } from '../../domain/access/access.ts';
import type { Actor } from '../../domain/context.ts';
import { DomainError, forbidden } from '../../domain/errors.ts';
import { userActorOf } from '../../domain/identity/identity.ts';
import { contextOf, type HttpEvent, routeOf, type Step } from './call.ts';
import { type Attempt, attemptIn } from './environment.ts';
import type { Route } from './route.ts';

type Claims = Record<string, string | undefined>;

/**
 * The actor from the token's claims, which the authorizer has checked. Claims say who and where, never what they may:
 * roles are read from the table, so a right that is taken away is gone at once.
 */
export function findActor(): Step {
  return {
    before: async ({ event, context }) => {
      const attempt = attemptIn(event.call.environment, context.getRemainingTimeInMillis());
      event.call.ctx = { ...attempt, actor: { kind: 'anyone' }, idempotency: undefined };
      event.call.ctx.actor = await actorFor(routeOf(event), claimsOf(event), contextOf(event));
    },
  };
}

function claimsOf(event: HttpEvent): Claims {
  return event.requestContext.authorizer?.jwt?.claims ?? {};
}

async function actorFor(
  { access, scope }: Route,
  { sub, email, name, org_id: orgId, scope: granted = '', email_verified: verified, token_use: use }: Claims,
  reading: Attempt,
): Promise<Actor> {
  if (access === 'anyone') return { kind: 'anyone' };
  if (!sub || (use !== undefined && use !== 'access'))
    throw new DomainError('unauthorized', 'An access token is needed.');
  if (scope && !granted.split(' ').includes(scope))
    throw forbidden('The token lacks the scope of this route.');
  if (access === 'support' || access === 'service') return { kind: access, id: sub };
  const ownEmail = verified === 'false' ? undefined : email;
  if (access === 'person') return { kind: 'person', login: sub, email: ownEmail, name };
  const user = orgId ? await userActorOf(reading, sub, orgId, ownEmail ?? '') : undefined;
  if (!user) throw noOrganization();
  return user;
}
