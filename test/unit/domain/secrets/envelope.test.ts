import { describe, expect, test } from 'vitest';
import { open, seal } from '../../../../domain/secrets/envelope.ts';
import type { Deadline } from '../../../../domain/secrets/keyring.ts';
import { testKeyring } from '../../../support/keyring.ts';

const keys = testKeyring();
const ctx = { keys, deadline: 1_000, now: () => new Date(0) };
const context = { organization: 'org_acme', origin: 'con_1' };
const secret = Buffer.from('{"refreshToken":"secret-1"}');

/** Version 1, sealed once with the keys of test/support/keys.json, by what its bytes are. */
const vector = {
  version: '01',
  wrappedLength: '003c',
  wrappedKey:
    'eebffb95817d4e334e3168c0f380048fb74f26c5daa9dfd0d8a718f6e719ddef018a3e36d9548f9c3f1c36aff8bb7ffcfb32321234d528ec840f4e37',
  iv: '0bf9c19a5c6ae733b99b61e6',
  tag: '6aaf6f1f9c72bb51eaa88870bbf331aa',
  ciphertext: 'f7a2135e06d6e30af290a18ce298fe1a2c466b328dc75ff48970a4',
};
const sealedOnce = Buffer.from(Object.values(vector).join(''), 'hex');

describe('a sealed secret', () => {
  test('of version 1 opens for ever', async () => {
    expect(Buffer.from(await open(ctx, sealedOnce, context)).toString()).toBe(secret.toString());
  });

  test('opens to what was sealed', async () => {
    const sealed = await seal(ctx, secret, context);

    expect(Buffer.from(await open(ctx, sealed, context))).toEqual(secret);
  });

  test.each([0, 1, 16 * 1024])('may have %i bytes', async (length) => {
    const large = Buffer.alloc(length, 7);

    expect(Buffer.from(await open(ctx, await seal(ctx, large, context), context))).toEqual(large);
  });

  test('shows nothing of the secret and is never the same twice', async () => {
    const [first, second] = [await seal(ctx, secret, context), await seal(ctx, secret, context)];

    expect(Buffer.from(first).toString('latin1')).not.toContain('secret-1');
    expect(Buffer.from(first).subarray(3)).not.toEqual(Buffer.from(second).subarray(3));
  });

  test('opens with its context in any order', async () => {
    const { organization, origin } = context;

    expect(Buffer.from(await open(ctx, sealedOnce, { origin, organization }))).toEqual(secret);
  });
});

describe('does not open', () => {
  const regions = Object.keys(vector) as (keyof typeof vector)[];

  test.each(regions)('with any bit of its %s changed', async (region) => {
    const before = regions.slice(0, regions.indexOf(region));
    const start = before.reduce((bytes, earlier) => bytes + vector[earlier].length / 2, 0);

    for (let n = start; n < start + vector[region].length / 2; n++)
      for (const bit of [1, 128]) {
        const tampered = Buffer.from(sealedOnce);
        tampered[n] = (tampered[n] ?? 0) ^ bit;
        await expect(open(ctx, tampered, context), `byte ${n} bit ${bit}`).rejects.toThrow();
      }
  });

  test.each<[string, Record<string, string>]>([
    ['another organization', { ...context, organization: 'org_beta' }],
    ['another origin', { ...context, origin: 'con_2' }],
    ['one value less', { organization: 'org_acme' }],
    ['one value more', { ...context, purpose: 'test' }],
    ['values that are joined the same', { organization: 'org_acmeoriginco', origin: 'n_1' }],
    ['no context', {}],
  ])('in the context of %s', async (_, other) => {
    await expect(open(ctx, sealedOnce, other)).rejects.toThrow();
  });

  test.each([0, 1, 3, 62, 74, 90])('cut off after %i bytes', async (length) => {
    await expect(open(ctx, sealedOnce.subarray(0, length), context)).rejects.toThrow();
  });

  test('with more behind it', async () => {
    const longer = Buffer.concat([sealedOnce, Buffer.alloc(1)]);

    await expect(open(ctx, longer, context)).rejects.toThrow();
  });

  test('under a version that is not known yet, which it says', async () => {
    const newer = Buffer.from(sealedOnce);
    newer[0] = 2;

    await expect(open(ctx, newer, context)).rejects.toThrow('Unknown version 2');
  });
});

test('no data key is left in memory in the clear', async () => {
  const seen: Uint8Array[] = [];
  const watched = {
    ...keys,
    newDataKey: async (until: Deadline, bound: Record<string, string>) => {
      const made = await keys.newDataKey(until, bound);
      seen.push(made.plaintext);
      return made;
    },
    openDataKey: async (until: Deadline, wrapped: Uint8Array, bound: Record<string, string>) => {
      const plaintext = await keys.openDataKey(until, wrapped, bound);
      seen.push(plaintext);
      return plaintext;
    },
  };

  const watching = { ...ctx, keys: watched };
  await open(watching, await seal(watching, secret, context), context);

  expect(seen.map((key) => Buffer.from(key).toString('hex'))).toEqual(['00'.repeat(32), '00'.repeat(32)]);
});
