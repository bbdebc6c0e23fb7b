import { expect, test } from 'vitest';
import { testKeyring } from '../../../support/keyring.ts';

const keys = testKeyring();
const until = { deadline: 1_000, now: () => new Date(0) };
const context = { organization: 'org_acme', origin: 'con_1' };

test('the MAC of an invitation is HMAC-SHA-256 under the file’s key', async () => {
  const mac = Buffer.from(await keys.invitationMac(until, 'message')).toString('hex');

  // printf message | openssl dgst -sha256 -mac HMAC -macopt hexkey:202122…3f
  expect(mac).toBe('bd585d82e7af9f863800134dcfe1b7fa644b5eb868826e5ccfee5ecc6283889b');
});

test('each purpose has a key of its own, the same in every process', async () => {
  const made = [await keys.cursorKey(until), await keys.fingerprintKey(until)];

  expect(made).toEqual([await testKeyring().cursorKey(until), await testKeyring().fingerprintKey(until)]);
  expect(made.map(({ length }) => length)).toEqual([32, 32]);
  expect(made[0]).not.toEqual(made[1]);
  expect(made).not.toContainEqual(await keys.invitationMac(until, ''));
});

test('a file of the first edition gives the keys that it always gave: its links and cursors go on', async () => {
  // printf 'cursor key, version 1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:202122…3f
  expect(Buffer.from(await keys.cursorKey(until)).toString('hex')).toBe(
    'c99b7ea809804ffe8c44710c376765b80baeb817484963b58d78b7cd1d4fb37f',
  );
});

test('a data key is 256 bits, new each time, and opens from its wrapping alone', async () => {
  const [first, second] = [await keys.newDataKey(until, context), await keys.newDataKey(until, context)];

  expect(first.plaintext).toHaveLength(32);
  expect(first.plaintext).not.toEqual(second.plaintext);
  expect(Buffer.from(await keys.openDataKey(until, first.wrapped, context))).toEqual(
    Buffer.from(first.plaintext),
  );
});

test('a data key opens in its own context only', async () => {
  const { wrapped } = await keys.newDataKey(until, context);

  await expect(keys.openDataKey(until, wrapped, { ...context, origin: 'con_2' })).rejects.toThrow();
});

test('a data key opens with its context in any order, as KMS opens it', async () => {
  const { plaintext, wrapped } = await keys.newDataKey(until, context);
  const { organization, origin } = context;

  const opened = await keys.openDataKey(until, wrapped, { origin, organization });

  expect(Buffer.from(opened)).toEqual(Buffer.from(plaintext));
});
