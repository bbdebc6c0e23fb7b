import { fileURLToPath } from 'node:url';
import { fileKeyring } from '../../domain/secrets/fileKeyring.ts';
import type { Keyring } from '../../domain/secrets/keyring.ts';

/** The keyring of the local stack over a fixed key file: bytes 00 to 1f for credentials, 20 to 3f for the MAC. */
export function testKeyring(): Keyring {
  return fileKeyring(fileURLToPath(new URL('keys.json', import.meta.url)));
}
