import { DecryptCommand, GenerateDataKeyCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { expect, test } from 'vitest';
import { kmsKeyring } from '../../../../domain/secrets/kmsKeyring.ts';

const context = { organization: 'org_acme', origin: 'con_1' };

function aKeyring() {
  const kms = new KMSClient({ region: 'us-east-1' });
  return { keys: kmsKeyring(kms, { credentials: 'key-credentials', mac: 'key-mac' }), mock: mockClient(kms) };
}

test('KMS makes data keys under the credentials key, bound to the context', async () => {
  const { keys, mock } = aKeyring();
  const [plaintext, wrapped] = [new Uint8Array([1]), new Uint8Array([2])];
  mock.on(GenerateDataKeyCommand).resolves({ Plaintext: plaintext, CiphertextBlob: wrapped });

  expect(await keys.newDataKey(context)).toEqual({ plaintext, wrapped });

  expect(mock).toHaveReceivedCommandExactlyOnceWith(GenerateDataKeyCommand, {
    KeyId: 'key-credentials',
    KeySpec: 'AES_256',
    EncryptionContext: context,
  });
});

test('KMS opens data keys with the very key and context, never with one that the blob names', async () => {
  const { keys, mock } = aKeyring();
  mock.on(DecryptCommand).resolves({ Plaintext: new Uint8Array([1]) });

  expect(await keys.openDataKey(new Uint8Array([2]), context)).toEqual(new Uint8Array([1]));

  expect(mock).toHaveReceivedCommandExactlyOnceWith(DecryptCommand, {
    KeyId: 'key-credentials',
    CiphertextBlob: new Uint8Array([2]),
    EncryptionContext: context,
  });
});

test('KMS makes MACs under the MAC key', async () => {
  const { keys, mock } = aKeyring();
  mock.on(GenerateMacCommand).resolves({ Mac: new Uint8Array([3]) });

  expect(await keys.mac('message')).toEqual(new Uint8Array([3]));

  expect(mock).toHaveReceivedCommandExactlyOnceWith(GenerateMacCommand, {
    KeyId: 'key-mac',
    MacAlgorithm: 'HMAC_SHA_256',
    Message: Buffer.from('message'),
  });
});

test('KMS is asked for the cursor key once a process, and again when it could not answer', async () => {
  const { keys, mock } = aKeyring();
  const unavailable = new Error('unavailable');
  mock
    .on(GenerateMacCommand)
    .rejectsOnce(unavailable)
    .resolves({ Mac: new Uint8Array([3]) });

  await expect(keys.cursorKey()).rejects.toBe(unavailable);
  await keys.cursorKey();
  await keys.cursorKey();

  expect(mock).toHaveReceivedCommandTimes(GenerateMacCommand, 2);
});

test('an answer without bytes is an error', async () => {
  const { keys, mock } = aKeyring();
  mock.on(GenerateDataKeyCommand).resolves({ Plaintext: new Uint8Array([1]) });

  await expect(keys.newDataKey(context)).rejects.toThrow();
});
