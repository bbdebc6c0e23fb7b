import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import { type Action, put } from './action.ts';
import { findItem, type Key } from './client.ts';
import { compress, expand } from './compressed.ts';
import { absent, atMost, either } from './condition.ts';
import { timeToLive } from './schema.ts';

/** A request that may be sent again: one key of one caller, and a fingerprint of what was asked. */
export type Idempotency = {
  key: string;
  request: string;
  /** Set when an earlier answer was given again. */
  replayed: boolean;
};

const keptSeconds = 24 * 60 * 60;

/** What stands of a request that had its effect; the answer is compressed. */
export const IdempotencyRecord = z.object({
  request: z.string(),
  answer: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  [timeToLive]: z.number(),
});

/**
 * Contexts for the parts of one request that are written on their own: each has its effect once, under the request's key.
 * The request is a replay when every part was one.
 */
export function partsOf<C extends Context>(ctx: C): { part: (name: string) => C; settle: () => void } {
  const { idempotency } = ctx;
  if (!idempotency) return { part: () => ctx, settle: () => undefined };
  const parts: Idempotency[] = [];
  return {
    part: (name) => {
      const own = { ...idempotency, key: `${idempotency.key}\n${name}` };
      parts.push(own);
      return { ...ctx, idempotency: own };
    },
    settle: () => {
      idempotency.replayed = parts.every(({ replayed }) => replayed);
    },
  };
}

/**
 * The answer that this request already got, if it had its effect; marks the context as replayed.
 * Throws `idempotency_key_reused` when the key was used for something else.
 */
export async function recall(ctx: Context): Promise<{ answer: unknown } | undefined> {
  if (!ctx.idempotency) return undefined;
  const found = await findItem(ctx, recordKey(ctx, ctx.idempotency));
  if (!found) return undefined;
  const { request, answer, [timeToLive]: expiresAtSeconds } = z.parse(IdempotencyRecord, found);
  if (expiresAtSeconds <= epochSeconds(ctx)) return undefined;
  if (request !== ctx.idempotency.request)
    throw new DomainError('idempotency_key_reused', 'This Idempotency-Key was used for another request.');
  ctx.idempotency.replayed = true;
  return { answer: expand(answer) };
}

/** Remembers the answer in the transaction of its effect; a second effect under the key fails this condition. */
export function remember(ctx: Context, answer: unknown): Action[] {
  if (!ctx.idempotency) return [];
  const item = {
    ...recordKey(ctx, ctx.idempotency),
    request: ctx.idempotency.request,
    answer: compress(answer),
    [timeToLive]: epochSeconds(ctx) + keptSeconds,
  };
  return [put(item, { when: [either(absent, atMost(timeToLive, epochSeconds(ctx)))] })];
}

function recordKey({ actor }: Context, { key }: Idempotency): Key {
  const caller = [actor.kind, ...Object.values(callerOf(actor)), key].join('\n');
  const hash = createHash('sha256').update(caller).digest('hex');
  const tenant = actor.kind === 'user' ? `ORG#${actor.orgId}#` : '';
  return { pk: `${tenant}IDEMPOTENCY#${hash}`, sk: 'RECORD' };
}

function callerOf(actor: Context['actor']): Record<string, string> {
  if (actor.kind === 'user') return { organization: actor.orgId, user: actor.userId };
  if (actor.kind === 'person') return { login: actor.login };
  return actor.kind === 'anyone' ? {} : { client: actor.id };
}

function epochSeconds(ctx: Context): number {
  return Math.floor(ctx.now().getTime() / 1000);
}
