import { DecryptCommand, GenerateDataKeyCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { describe, expect, test, vi } from 'vitest';
import type { Keyring } from '../../../../domain/secrets/keyring.ts';
import { kmsKeyring } from '../../../../domain/secrets/kmsKeyring.ts';

const until = { deadline: 5_000, now: () => new Date(0) };
const context = { organization: 'org_acme', origin: 'con_1' };

function aKeyring() {
  const kms = new KMSClient({ region: 'us-east-1' });
  const ids = { credentials: 'key-credentials', invitations: 'key-invitations', requests: 'key-requests' };
  return { keys: kmsKeyring(kms, ids), mock: mockClient(kms) };
}

test('KMS makes data keys under the credentials key, bound to the context', async () => {
  const { keys, mock } = aKeyring();
  const [plaintext, wrapped] = [new Uint8Array([1]), new Uint8Array([2])];
  mock.on(GenerateDataKeyCommand).resolves({ Plaintext: plaintext, CiphertextBlob: wrapped });

  expect(await keys.newDataKey(until, context)).toEqual({ plaintext, wrapped });

  expect(mock).toHaveReceivedCommandExactlyOnceWith(GenerateDataKeyCommand, {
    KeyId: 'key-credentials',
    KeySpec: 'AES_256',
    EncryptionContext: context,
  });
});

test('KMS opens data keys with the very key and context, never with one that the blob names', async () => {
  const { keys, mock } = aKeyring();
  mock.on(DecryptCommand).resolves({ Plaintext: new Uint8Array([1]) });

  expect(await keys.openDataKey(until, new Uint8Array([2]), context)).toEqual(new Uint8Array([1]));

  expect(mock).toHaveReceivedCommandExactlyOnceWith(DecryptCommand, {
    KeyId: 'key-credentials',
    CiphertextBlob: new Uint8Array([2]),
    EncryptionContext: context,
  });
});

test('KMS makes the MACs of invitations under their key', async () => {
  const { keys, mock } = aKeyring();
  mock.on(GenerateMacCommand).resolves({ Mac: new Uint8Array([3]) });

  expect(await keys.invitationMac(until, 'message')).toEqual(new Uint8Array([3]));

  expect(mock).toHaveReceivedCommandExactlyOnceWith(GenerateMacCommand, {
    KeyId: 'key-invitations',
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from('message'),
  });
});

test('KMS derives the keys of cursors and of fingerprints under another key, each by its purpose', async () => {
  const { keys, mock } = aKeyring();
  mock.on(GenerateMacCommand).resolves({ Mac: new Uint8Array([3]) });

  await keys.cursorKey(until);
  await keys.fingerprintKey(until);

  const asked = mock.commandCalls(GenerateMacCommand).map(({ args: [{ input }] }) => input);
  expect(asked).toEqual(
    ['cursor key, version 1', 'fingerprint key, version 1'].map((purpose) => ({
      KeyId: 'key-requests',
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(purpose),
    })),
  );
});

test('KMS is asked for a derived key once a process, and again when it could not answer', async () => {
  const { keys, mock } = aKeyring();
  const refused = new Error('refused');
  mock
    .on(GenerateMacCommand)
    .rejectsOnce(refused)
    .resolves({ Mac: new Uint8Array([3]) });

  await expect(keys.cursorKey(until)).rejects.toBe(refused);
  await keys.cursorKey(until);
  await keys.cursorKey(until);

  expect(mock).toHaveReceivedCommandTimes(GenerateMacCommand, 2);
});

describe('a call of KMS', () => {
  const calls = {
    newDataKey: { command: GenerateDataKeyCommand, call: (keys: Keyring) => keys.newDataKey(until, context) },
    openDataKey: {
      command: DecryptCommand,
      call: (keys: Keyring) => keys.openDataKey(until, new Uint8Array([2]), context),
    },
    invitationMac: {
      command: GenerateMacCommand,
      call: (keys: Keyring) => keys.invitationMac(until, 'message'),
    },
    cursorKey: { command: GenerateMacCommand, call: (keys: Keyring) => keys.cursorKey(until) },
    fingerprintKey: { command: GenerateMacCommand, call: (keys: Keyring) => keys.fingerprintKey(until) },
  };
  const failure = (name: string, own: object) => Object.assign(new Error('as asked'), { name }, own);
  const failures: [string, Error, string][] = [
    ['throttles', failure('ThrottlingException', { $metadata: { httpStatusCode: 400 } }), 'throttled'],
    ['fails by itself', failure('KMSInternalException', { $metadata: { httpStatusCode: 500 } }), 'try_again'],
    [
      'waits for something',
      failure('DependencyTimeoutException', { $metadata: { httpStatusCode: 503 } }),
      'try_again',
    ],
    ['has no answer in time', failure('AbortError', {}), 'try_again'],
    ['loses its answer', failure('Error', { code: 'ECONNRESET' }), 'try_again'],
  ];
  /** What any of the commands may be answered. */
  const everyAnswer = {
    Mac: new Uint8Array([1]),
    Plaintext: new Uint8Array([1]),
    CiphertextBlob: new Uint8Array([1]),
  };
  const rows = Object.entries(calls).flatMap(([name, { command, call }]) =>
    failures.map(([how, error, code]) => ({ name, how, code, error, command, call })),
  );

  test.each(rows)(
    '($name) that $how is $code, as nothing was changed',
    async ({ command, call, error, code }) => {
      const { keys, mock } = aKeyring();
      mock.on(command as typeof GenerateMacCommand).rejects(error);

      await expect(call(keys)).rejects.toMatchObject({
        code,
        message: expect.stringContaining('nothing was changed'),
        cause: error,
      });
    },
  );

  test.each(Object.entries(calls))(
    '(%s) that is refused is an error of ours',
    async (_, { command, call }) => {
      const { keys, mock } = aKeyring();
      const denied = failure('AccessDeniedException', { $metadata: { httpStatusCode: 400 } });
      mock.on(command as typeof GenerateMacCommand).rejects(denied);

      await expect(call(keys)).rejects.toBe(denied);
    },
  );

  test.each(Object.entries(calls))('(%s) ends with the request’s deadline', async (_, { command, call }) => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const { keys, mock } = aKeyring();
    mock.on(command as typeof GenerateMacCommand).resolves(everyAnswer);

    await call(keys);

    expect(timeout).toHaveBeenCalledExactlyOnceWith(5_000);
    expect(mock.send.firstCall.args).toContainEqual({ abortSignal: timeout.mock.results[0]?.value });
    timeout.mockRestore();
  });
});

test('an answer without bytes is an error', async () => {
  const { keys, mock } = aKeyring();
  mock.on(GenerateDataKeyCommand).resolves({ Plaintext: new Uint8Array([1]) });

  await expect(keys.newDataKey(until, context)).rejects.toThrow();
});
