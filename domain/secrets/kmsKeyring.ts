import {
  DecryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { DomainError } from '../errors.ts';
import { isThrottled, isUnanswered } from '../retryable.ts';
import { type Deadline, type Keyring, purposes } from './keyring.ts';

/** Ids of the keys. Those for invitations and for requests are HMAC keys. */
export type KmsKeys = { credentials: string; invitations: string; requests: string };

/** Keys in KMS: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#enveloping */
export function kmsKeyring(kms: KMSClient, keys: KmsKeys): Keyring {
  const mac = async (until: Deadline, key: string, message: string) => {
    const command = new GenerateMacCommand({
      KeyId: key,
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(message),
    });
    return bytes((await calling(until, (abortSignal) => kms.send(command, { abortSignal }))).Mac);
  };
  return {
    invitationMac: (until, message) => mac(until, keys.invitations, message),
    cursorKey: kept((until) => mac(until, keys.requests, purposes.cursors)),
    fingerprintKey: kept((until) => mac(until, keys.requests, purposes.fingerprints)),
    newDataKey: async (until, context) => {
      const command = new GenerateDataKeyCommand({
        KeyId: keys.credentials,
        KeySpec: 'AES_256',
        EncryptionContext: context,
      });
      const made = await calling(until, (abortSignal) => kms.send(command, { abortSignal }));
      return { plaintext: bytes(made.Plaintext), wrapped: bytes(made.CiphertextBlob) };
    },
    openDataKey: async (until, wrapped, context) => {
      const command = new DecryptCommand({
        KeyId: keys.credentials,
        CiphertextBlob: wrapped,
        EncryptionContext: context,
      });
      return bytes((await calling(until, (abortSignal) => kms.send(command, { abortSignal }))).Plaintext);
    },
  };
}

/** Calls within the deadline. Keys are used before anything is written, so what fails here has changed nothing. */
async function calling<T>(
  { deadline, now }: Deadline,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await call(AbortSignal.timeout(Math.max(1, deadline - now().getTime())));
  } catch (cause) {
    const code = isThrottled(cause) ? 'throttled' : isUnanswered(cause) ? 'try_again' : undefined;
    if (!code) throw cause;
    throw new DomainError(code, 'The keys can’t be reached at the moment; nothing was changed. Try again.', {
      cause,
    });
  }
}

/** What was made once is kept; callers do not wait for each other, as each has a deadline of its own. */
function kept(make: (until: Deadline) => Promise<Uint8Array>): (until: Deadline) => Promise<Uint8Array> {
  let made: Uint8Array | undefined;
  return async (until) => {
    made ??= await make(until);
    return made;
  };
}

function bytes(value: Uint8Array | undefined): Uint8Array {
  if (!value) throw new Error('KMS answered without the bytes that were asked for.');
  return value;
}
