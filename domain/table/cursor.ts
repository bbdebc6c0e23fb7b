import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';

/** What a cursor is good for: one list with its filters, read by one caller. */
export type ListOf = readonly (string | undefined)[];

const ivBytes = 12;
const tagBytes = 16;

/** An opaque cursor: the position encrypted (AES-256-GCM), bound to list and caller as additional data. */
export async function sealCursor(ctx: Context, list: ListOf, position: unknown): Promise<string> {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', await ctx.keys.cursorKey(ctx), iv);
  cipher.setAAD(binding(ctx, list));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(position)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** The position of a cursor. Throws `invalid_cursor` for what was not issued for this list and caller. */
export async function openCursor(ctx: Context, list: ListOf, cursor: string): Promise<unknown> {
  const key = await ctx.keys.cursorKey(ctx);
  try {
    const bytes = Buffer.from(cursor, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, ivBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(binding(ctx, list));
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    const position = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
    return JSON.parse(position.toString());
  } catch (cause) {
    throw new DomainError('invalid_cursor', 'The cursor was not issued for this list.', { cause });
  }
}

function binding({ actor }: Context, list: ListOf): Buffer {
  const caller = actor.kind === 'user' ? [actor.orgId, actor.userId] : 'id' in actor ? [actor.id] : [];
  return Buffer.from(JSON.stringify([actor.kind, ...caller, ...list.map((part) => part ?? null)]));
}
