import { createHmac } from 'node:crypto';
import { invalid } from '../../domain/errors.ts';
import { contextOf, type HttpEvent, routeOf, type Step } from './call.ts';

/** 1 to 255 visible ASCII characters. */
export const idempotencyKeyForm = /^[!-~]{1,255}$/;

/** Puts the Idempotency-Key of a write, with a fingerprint of what is asked, into the context; marks replays. */
export function idempotencyKey(): Step {
  return {
    before: async ({ event }) => {
      const key = idempotencyKeyOf(event);
      if (key === undefined) return;
      if (!idempotencyKeyForm.test(key))
        throw invalid({ pointer: 'Idempotency-Key', detail: 'has 1 to 255 visible ASCII characters' });
      contextOf(event).idempotency = { key, request: await fingerprint(event), replayed: false };
    },
    after: ({ event, response }) => {
      if (event.call.ctx?.idempotency?.replayed && response)
        response.headers = { ...response.headers, 'idempotency-replayed': 'true' };
    },
  };
}

/** The key of a write by somebody: of anyone at all it is not known whose key it would be. */
export function idempotencyKeyOf(event: HttpEvent): string | undefined {
  const { method, access } = routeOf(event);
  return method === 'GET' || access === 'anyone' ? undefined : event.headers['idempotency-key'];
}

/**
 * Of all that decides what a request does, If-Match among it. Keyed, because a body may hold credentials that could be
 * guessed from a plain hash.
 */
async function fingerprint(event: HttpEvent): Promise<string> {
  const { input } = event.call;
  const ifMatch = event.headers['if-match']?.trim();
  const asked = [event.requestContext.http.method, event.rawPath, input?.query, input?.body, ifMatch];
  const ctx = contextOf(event);
  const key = await ctx.keys.fingerprintKey(ctx);
  return createHmac('sha256', key).update(JSON.stringify(asked)).digest('hex');
}
