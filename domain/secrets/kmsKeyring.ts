import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { once } from '../once.ts';
import type { Keyring } from './keyring.ts';

/** Keys in KMS: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#enveloping */
export function kmsKeyring(kms: KMSClient, keys: { credentials: string; mac: string }): Keyring {
  const mac = async (message: string) => {
    const made = await kms.send(
      new GenerateMacCommand({
        KeyId: keys.mac,
        MacAlgorithm: 'HMAC_SHA_256',
        Message: Buffer.from(message),
      }),
    );
    return bytes(made.Mac);
  };
  return {
    mac,
    cursorKey: once(() => mac('cursor key, version 1')),
    newDataKey: async (context) => {
      const made = await kms.send(
        new GenerateDataKeyCommand({
          KeyId: keys.credentials,
          KeySpec: 'AES_256',
          EncryptionContext: context,
        }),
      );
      return { plaintext: bytes(made.Plaintext), wrapped: bytes(made.CiphertextBlob) };
    },
    openDataKey: async (wrapped, context) => {
      const opened = await kms.send(
        new DecryptCommand({ KeyId: keys.credentials, CiphertextBlob: wrapped, EncryptionContext: context }),
      );
      return bytes(opened.Plaintext);
    },
  };
}

function bytes(value: Uint8Array | undefined): Uint8Array {
  if (!value) throw new Error('KMS answered without the bytes that were asked for.');
  return value;
}
