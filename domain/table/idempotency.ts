import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import { UserId } from '../ids.ts';
import { type Action, put } from './action.ts';
import { findItem, type Key, type Reading, tryAgain } from './client.ts';
import { compress, expand } from './compressed.ts';
import { absent, allOf, atMost, either, equals } from './condition.ts';
import { timeToLive } from './schema.ts';

/** A request that may be sent again: one key of one caller, and a fingerprint of what was asked. */
export type Idempotency = {
  key: string;
  request: string;
  /** Set when an earlier answer was given again. */
  replayed: boolean;
  /** The whole of a request that is written in parts. */
  whole?: Idempotency;
};

const keptSeconds = 24 * 60 * 60;

/**
 * What stands of a request: of one that had its effect the answer, compressed; of one that is written in parts, before
 * all of them are, that it has begun.
 */
export const IdempotencyRecord = z
  .object({
    request: z.string(),
    answer: z.optional(z.custom<Uint8Array>((value) => value instanceof Uint8Array)),
    begun: z.optional(z.literal(true)),
    [timeToLive]: z.number(),
  })
  .check(z.refine(({ answer, begun }) => answer || begun, { path: ['answer'], error: 'is missing' }));

/** Who the caller was, of a request that took them out of the organization: their login alone no longer tells. */
export const CallerWhoLeft = z.object({ userId: UserId, [timeToLive]: z.number() });

/**
 * Contexts for the parts of one request that are written on their own: each has its effect once, under the request's key,
 * and with the first of them the key belongs to this request. The request is a replay when every part was one.
 */
export function partsOf<C extends Context>(ctx: C): { part: (name: string) => C; settle: () => void } {
  const { idempotency } = ctx;
  if (!idempotency) return { part: () => ctx, settle: () => undefined };
  const parts: Idempotency[] = [];
  return {
    part: (name) => {
      const own = { ...idempotency, key: `${idempotency.key}\n${name}`, whole: idempotency };
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
  const record = z.parse(IdempotencyRecord, found);
  if (record[timeToLive] <= epochSeconds(ctx)) return undefined;
  if (record.request !== ctx.idempotency.request) throw keyReused();
  if (!record.answer) return undefined;
  ctx.idempotency.replayed = true;
  return { answer: expand(record.answer) };
}

function keyReused(): DomainError {
  return new DomainError('idempotency_key_reused', 'This Idempotency-Key was used for another request.');
}

/**
 * Remembers the answer in the transaction of its effect; a second effect under the key fails this condition. Of a part,
 * the key becomes that of the whole request: `idempotency_key_reused` when it is another's.
 * `callerLeaves`: the effect takes the caller out of their organization, and a repeat must find them.
 */
export function remember(
  ctx: Context,
  answer: unknown,
  { callerLeaves = false }: { callerLeaves?: boolean | undefined } = {},
): Action[] {
  const { actor, idempotency } = ctx;
  if (!idempotency) return [];
  const { request, whole } = idempotency;
  const expiry = { [timeToLive]: epochSeconds(ctx) + keptSeconds };
  const isFree = either(
    absent,
    atMost(timeToLive, epochSeconds(ctx)),
    allOf([equals('request', request), equals('begun', true)]),
  );
  const record = { ...recordKey(ctx, idempotency), request, answer: compress(answer), ...expiry };
  return [
    put(record, { when: [isFree] }),
    ...(whole
      ? [
          put(
            { ...recordKey(ctx, whole), request, begun: true, ...expiry },
            { when: [isFree], failed: (found) => (found?.request === request ? tryAgain() : keyReused()) },
          ),
        ]
      : []),
    ...(callerLeaves && actor.kind === 'user'
      ? [put({ ...leaverKey(actor.orgId, actor.login, idempotency.key), userId: actor.userId, ...expiry })]
      : []),
  ];
}

/** How many actions `remember` takes. */
export function recordCount({ idempotency }: Pick<Context, 'idempotency'>, callerLeaves = false): number {
  return idempotency ? 1 + (idempotency.whole ? 1 : 0) + (callerLeaves ? 1 : 0) : 0;
}

/**
 * Who a login was in an organization when, by a request under this key, it took itself out of it; `undefined` for all
 * others. Only that login finds it, and only for 24 hours.
 */
export async function callerWhoLeft(
  ctx: Reading,
  { orgId, login, key }: { orgId: string; login: string; key: string },
): Promise<UserId | undefined> {
  const found = await findItem(ctx, leaverKey(orgId, login, key));
  const caller = found && z.parse(CallerWhoLeft, found);
  return caller && caller[timeToLive] > epochSeconds(ctx) ? caller.userId : undefined;
}

function leaverKey(orgId: string, login: string, key: string): Key {
  const hash = createHash('sha256')
    .update(JSON.stringify(['left', orgId, login, key]))
    .digest('hex');
  return { pk: `ORG#${orgId}#IDEMPOTENCY#${hash}`, sk: 'CALLER' };
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

function epochSeconds(ctx: Pick<Context, 'now'>): number {
  return Math.floor(ctx.now().getTime() / 1000);
}
