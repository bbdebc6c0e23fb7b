import { noOrganization } from '../../domain/access/access.ts';
import type { Actor } from '../../domain/context.ts';
import { normalizedEmail } from '../../domain/email.ts';
import { DomainError, forbidden } from '../../domain/errors.ts';
import { userActorOf } from '../../domain/identity/identity.ts';
import { OrgId } from '../../domain/ids.ts';
import { callerWhoLeft } from '../../domain/table/idempotency.ts';
import { nameFrom } from '../../domain/text.ts';
import { contextOf, type HttpEvent, routeOf, type Step } from './call.ts';
import { type Attempt, attemptIn } from './environment.ts';
import { idempotencyKeyOf } from './idempotencyKey.ts';

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
      event.call.ctx.actor = await actorFor(event, contextOf(event));
    },
  };
}

function claimsOf(event: HttpEvent): Claims {
  return event.requestContext.authorizer?.jwt?.claims ?? {};
}

async function actorFor(event: HttpEvent, reading: Attempt): Promise<Actor> {
  const { access, scope } = routeOf(event);
  const { sub, email, name, org_id: orgId, scope: granted = '', ...claims } = claimsOf(event);
  const { email_verified: verified, token_use: use } = claims;
  if (access === 'anyone') return { kind: 'anyone' };
  if (!sub || (use !== undefined && use !== 'access'))
    throw new DomainError('unauthorized', 'An access token is needed.');
  if (scope && !granted.split(' ').includes(scope))
    throw forbidden('The token lacks the scope of this route.');
  if (access === 'support' || access === 'service') return { kind: access, id: sub };
  const ownEmail = verified === 'false' || email === undefined ? undefined : normalizedEmail(email);
  if (access === 'person') return { kind: 'person', login: sub, email: ownEmail, name: nameFrom(name) };
  if (!orgId) throw noOrganization();
  const user = await userActorOf(reading, sub, orgId, ownEmail ?? '');
  return user ?? leaver(event, reading, { login: sub, orgId, email: ownEmail ?? '' });
}

/**
 * Whoever took themselves out of the organization by this very request, sent again: they get their first answer. Their
 * person is gone, so that nothing else is open to them.
 */
async function leaver(
  event: HttpEvent,
  reading: Attempt,
  { login, orgId, email }: { login: string; orgId: string; email: string },
): Promise<Actor> {
  const key = idempotencyKeyOf(event);
  const userId = key && (await callerWhoLeft(reading, { orgId, login, key }));
  if (!userId) throw noOrganization();
  return { kind: 'user', orgId: OrgId.parse(orgId), userId, login, email };
}
