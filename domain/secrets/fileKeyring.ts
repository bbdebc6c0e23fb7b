import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type KeyContext, type Keyring, purposes } from './keyring.ts';

const keyFile = z.object({ credentials: z.string(), mac: z.string() });
const ivBytes = 12;
const tagBytes = 16;

/**
 * Keys in a file, where there is no KMS: JSON with `credentials` and `mac`, 32 bytes each in base64. `mac` makes
 * invitation links, and the keys of the other purposes are derived from it.
 */
export function fileKeyring(path: string): Keyring {
  const file = z.parse(keyFile, JSON.parse(readFileSync(path, 'utf8')));
  const credentials = Buffer.from(file.credentials, 'base64');
  const macKey = Buffer.from(file.mac, 'base64');
  const mac = (message: string): Uint8Array => createHmac('sha256', macKey).update(message).digest();
  return {
    invitationMac: async (_, message) => mac(message),
    cursorKey: async () => mac(purposes.cursors),
    fingerprintKey: async () => mac(purposes.fingerprints),
    newDataKey: async (_, context) => {
      const plaintext = randomBytes(32);
      return { plaintext: new Uint8Array(plaintext), wrapped: wrap(credentials, plaintext, context) };
    },
    openDataKey: async (_, wrapped, context) => unwrap(credentials, wrapped, context),
  };
}

function wrap(key: Uint8Array, plaintext: Uint8Array, context: KeyContext): Uint8Array {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(boundTo(context));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(key: Uint8Array, wrapped: Uint8Array, context: KeyContext): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(boundTo(context));
  decipher.setAuthTag(wrapped.subarray(-tagBytes));
  return Buffer.concat([decipher.update(wrapped.subarray(ivBytes, -tagBytes)), decipher.final()]);
}

/** As KMS does, whatever the order of the context's members. */
function boundTo(context: KeyContext): Uint8Array {
  return Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(context).sort())));
}
