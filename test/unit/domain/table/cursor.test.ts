import { describe, expect, test } from 'vitest';
import type { Actor } from '../../../../domain/context.ts';
import { DomainError } from '../../../../domain/errors.ts';
import { OrgId, UserId } from '../../../../domain/ids.ts';
import { openCursor, sealCursor } from '../../../../domain/table/cursor.ts';
import { aContext, aWorld } from '../../../support/context.ts';
import { alice, aMockTable } from '../../../support/mockTable.ts';

const world = aWorld(aMockTable());
const ctx = aContext(world, alice);
const list = ['members', 'wsp_1', undefined];
const position = { source: 0, after: { pk: 'ORG#org_acme#WORKSPACE#wsp_1', sk: 'MEMBER#usr_9' } };

const refusal = { code: 'invalid_cursor' };

test('opens to the position it was made of, for the same list and caller', async () => {
  const cursor = await sealCursor(ctx, list, position);

  expect(await openCursor(ctx, list, cursor)).toEqual(position);
});

test('a cursor of version 1 opens for ever', async () => {
  // Made once by sealCursor with the keys of test/support/keys.json.
  const cursor =
    'hFEMyNVGaVebD4iPWAZAkrQrv05urrqmfjuXCM46IgReJj1s_fYPX3j9p8T2jUc3ek3HT1KAvzyZbHaj-8lrxUxnQSjOGnwdQwDXKTPQl4StDWkn7iDRhm0TJocUXtgCjzdjx2DWR1YF8Q';

  expect(await openCursor(ctx, list, cursor)).toEqual(position);
});

test('shows nothing of the position and is never the same twice', async () => {
  const [first, second] = [await sealCursor(ctx, list, position), await sealCursor(ctx, list, position)];

  expect(first).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Buffer.from(first, 'base64url').toString('latin1')).not.toContain('MEMBER');
  expect(first).not.toBe(second);
});

describe('refuses a cursor', () => {
  test.each<[string, readonly (string | undefined)[]]>([
    ['of another list', ['connections', 'wsp_1', undefined]],
    ['of the same list elsewhere', ['members', 'wsp_2', undefined]],
    ['of the list with another filter', ['members', 'wsp_1', 'invitations']],
    ['of a list whose filter is the text undefined', ['members', 'wsp_1', 'undefined']],
    ['of a list with fewer filters', ['members', 'wsp_1']],
  ])('%s', async (_, otherList) => {
    const cursor = await sealCursor(ctx, otherList, position);

    await expect(openCursor(ctx, list, cursor)).rejects.toMatchObject(refusal);
  });

  test.each<[string, Actor]>([
    ['another person', { ...alice, userId: UserId.parse('usr_bob') }],
    ['the same person in another organization', { ...alice, orgId: OrgId.parse('org_beta') }],
    ['support with the same id', { kind: 'support', id: alice.userId }],
    ['a service with the same id', { kind: 'service', id: alice.userId }],
  ])('of %s', async (_, actor) => {
    const cursor = await sealCursor(aContext(world, actor), list, position);

    await expect(openCursor(ctx, list, cursor)).rejects.toMatchObject(refusal);
  });

  test('with any bit changed, wherever it is', async () => {
    const bytes = Buffer.from(await sealCursor(ctx, list, position), 'base64url');

    for (const [n, byte] of bytes.entries()) {
      const tampered = Buffer.from(bytes);
      tampered[n] = byte ^ 1;
      await expect(openCursor(ctx, list, tampered.toString('base64url'))).rejects.toMatchObject(refusal);
    }
  });

  test.each([0, 1, 11, 12, 27, 28])('cut off after %i bytes', async (length) => {
    const bytes = Buffer.from(await sealCursor(ctx, list, position), 'base64url');

    const cut = bytes.subarray(0, length).toString('base64url');

    await expect(openCursor(ctx, list, cut)).rejects.toMatchObject(refusal);
  });

  test.each(['', 'eyJzb3VyY2UiOjB9', '../../etc', '💥'])('that is just %j', async (text) => {
    await expect(openCursor(ctx, list, text)).rejects.toMatchObject(refusal);
  });
});

test('that the key can’t be had for the moment is no fault of the cursor', async () => {
  const busy = new DomainError('throttled', 'later');
  const cursor = await sealCursor(ctx, list, position);
  const keys = { ...ctx.keys, cursorKey: () => Promise.reject(busy) };

  await expect(openCursor({ ...ctx, keys }, list, cursor)).rejects.toBe(busy);
});
