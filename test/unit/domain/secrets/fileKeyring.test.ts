import { expect, test } from 'vitest';
import { testKeyring } from '../../../support/keyring.ts';

const keys = testKeyring();
const context = { organization: 'org_acme', origin: 'con_1' };

test('the MAC is HMAC-SHA-256 under the file’s key', async () => {
  const mac = Buffer.from(await keys.mac('message')).toString('hex');

  // printf message | openssl dgst -sha256 -mac HMAC -macopt hexkey:202122…3f
  expect(mac).toBe('bd585d82e7af9f863800134dcfe1b7fa644b5eb868826e5ccfee5ecc6283889b');
});

test('cursors have the same key in every process, and not that of MACs', async () => {
  expect(await keys.cursorKey()).toEqual(await testKeyring().cursorKey());
  expect(await keys.cursorKey()).toHaveLength(32);
  expect(await keys.cursorKey()).not.toEqual(await keys.mac(''));
});

test('a data key is 256 bits, new each time, and opens from its wrapping alone', async () => {
  const [first, second] = [await keys.newDataKey(context), await keys.newDataKey(context)];

  expect(first.plaintext).toHaveLength(32);
  expect(first.plaintext).not.toEqual(second.plaintext);
  expect(Buffer.from(await keys.openDataKey(first.wrapped, context))).toEqual(Buffer.from(first.plaintext));
});

test('a data key opens in its own context only', async () => {
  const { wrapped } = await keys.newDataKey(context);

  await expect(keys.openDataKey(wrapped, { ...context, origin: 'con_2' })).rejects.toThrow();
});

test('a data key opens with its context in any order, as KMS opens it', async () => {
  const { plaintext, wrapped } = await keys.newDataKey(context);
  const { organization, origin } = context;

  const opened = await keys.openDataKey(wrapped, { origin, organization });

  expect(Buffer.from(opened)).toEqual(Buffer.from(plaintext));
});
