import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Deadline, KeyContext, Keyring } from './keyring.ts';

/*
 * Version 1 of what is stored:  version (1) · length of the wrapped key (2, big-endian) · wrapped key · iv (12) · tag (16)
 * · ciphertext. AES-256-GCM; the additional data are all bytes before the iv and the canonical context, which KMS
 * checks too. One data key for each record.
 */
const version = 1;
const headerBytes = 3;
const ivBytes = 12;
const tagBytes = 16;

/** What sealing and opening need of the context. */
export type Sealing = Deadline & { keys: Keyring };

/** Seals a secret under a fresh data key, bound to its context: it opens nowhere else. */
export async function seal(ctx: Sealing, secret: Uint8Array, context: KeyContext): Promise<Uint8Array> {
  const { plaintext, wrapped } = await ctx.keys.newDataKey(ctx, context);
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(version, 0);
  header.writeUInt16BE(wrapped.length, 1);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', plaintext, iv);
  plaintext.fill(0);
  cipher.setAAD(Buffer.concat([header, wrapped, canonical(context)]));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return Buffer.concat([header, wrapped, iv, cipher.getAuthTag(), sealed]);
}

/** Opens what `seal` made with the same context. Throws when anything was changed. */
export async function open(ctx: Sealing, sealed: Uint8Array, context: KeyContext): Promise<Uint8Array> {
  const bytes = Buffer.from(sealed);
  if (bytes.readUInt8(0) !== version)
    throw new Error(`Unknown version ${bytes.readUInt8(0)} of a sealed secret.`);
  const wrappedEnd = headerBytes + bytes.readUInt16BE(1);
  const ivEnd = wrappedEnd + ivBytes;
  const plaintext = await ctx.keys.openDataKey(ctx, bytes.subarray(headerBytes, wrappedEnd), context);
  const decipher = createDecipheriv('aes-256-gcm', plaintext, bytes.subarray(wrappedEnd, ivEnd), {
    authTagLength: tagBytes,
  });
  plaintext.fill(0);
  decipher.setAAD(Buffer.concat([bytes.subarray(0, wrappedEnd), canonical(context)]));
  decipher.setAuthTag(bytes.subarray(ivEnd, ivEnd + tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(ivEnd + tagBytes)), decipher.final()]);
}

/** A context as bytes, whatever the order of its members. */
function canonical(context: KeyContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
