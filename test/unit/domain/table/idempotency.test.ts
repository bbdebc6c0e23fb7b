import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../../../domain/context.ts';
import { OrgId, UserId } from '../../../../domain/ids.ts';
import { partsOf, recall, remember } from '../../../../domain/table/idempotency.ts';
import { hour } from '../../../support/clock.ts';
import { aContext, aWorld, withKey } from '../../../support/context.ts';
import { alice, aMockTable } from '../../../support/mockTable.ts';

function aRequestOf(actor: Actor = alice) {
  const { table, mock } = aMockTable();
  return { ctx: withKey(aContext(aWorld({ table }), actor), 'key-1', 'request-1'), mock };
}

/** The record that a write puts into its transaction. */
function recordOf(ctx: Parameters<typeof remember>[0], answer: unknown = { workspaceId: 'wsp_1' }) {
  const [action] = remember(ctx, answer);
  if (action?.write.kind !== 'put') throw new Error('There is no record.');
  return action.write.item;
}

describe('what is remembered', () => {
  test('stands under its tenant, by a hash of caller and key, and says nothing of the key', () => {
    const { ctx } = aRequestOf();

    const { answer, ...record } = recordOf(ctx);

    expect(record).toEqual({
      pk: 'ORG#org_acme#IDEMPOTENCY#8109946c94ed485d9bfee6076b3d38446ecbdce6033957521371118809efa530',
      sk: 'RECORD',
      request: 'request-1',
      expiresAtSeconds: Date.parse('2026-03-03T09:00:00Z') / 1000,
    });
    expect(answer).toBeInstanceOf(Uint8Array);
  });

  test('is nothing when the request has no key', () => {
    const { ctx } = aRequestOf();

    expect(remember({ ...ctx, idempotency: undefined }, {})).toEqual([]);
  });

  test.each<[string, Actor, string]>([
    ['another person', { ...alice, userId: UserId.parse('usr_bob') }, 'key-1'],
    ['another organization', { ...alice, orgId: OrgId.parse('org_beta') }, 'key-1'],
    ['support', { kind: 'support', id: 'usr_alice' }, 'key-1'],
    ['a service', { kind: 'service', id: 'usr_alice' }, 'key-1'],
    [
      'a login outside any organization',
      { kind: 'person', login: 'login-alice', email: undefined, name: undefined },
      'key-1',
    ],
    ['another key', alice, 'key-2'],
  ])('stands apart for %s', (_, actor, key) => {
    const { ctx } = aRequestOf();
    const other = withKey(aRequestOf(actor).ctx, key);

    expect(recordOf(other).pk).not.toBe(recordOf(ctx).pk);
  });

  test('stands apart for each part of one request', () => {
    const { ctx } = aRequestOf();
    const { part } = partsOf(ctx);

    const keys = [ctx, part('a@example.com'), part('b@example.com')].map((c) => recordOf(c).pk);

    expect(new Set(keys).size).toBe(3);
  });
});

describe('a repeated request', () => {
  const answer = { workspaceId: 'wsp_1', name: 'Ünïcode', nested: [null, 1.5, true] };

  test('is given its first answer again and marked as replayed', async () => {
    const { ctx, mock } = aRequestOf();
    mock.on(GetCommand).resolves({ Item: recordOf(ctx, answer) });

    expect(await recall(ctx)).toEqual({ answer });

    expect(ctx.idempotency?.replayed).toBe(true);
    expect(mock).toHaveReceivedCommandWith(GetCommand, {
      Key: { pk: recordOf(ctx).pk, sk: 'RECORD' },
      ConsistentRead: true,
    });
  });

  test('that asks for something else under its key is refused', async () => {
    const { ctx, mock } = aRequestOf();
    mock.on(GetCommand).resolves({ Item: recordOf(withKey(ctx, 'key-1', 'request-2'), answer) });

    await expect(recall(ctx)).rejects.toMatchObject({ code: 'idempotency_key_reused' });

    expect(ctx.idempotency?.replayed).toBe(false);
  });

  test.each([
    ['is still known one second before 24 hours have passed', 24 * hour - 1000, true],
    ['is new when 24 hours have passed, though the item may still be there', 24 * hour, false],
  ])('%s', async (_, passed, isKnown) => {
    const { ctx, mock } = aRequestOf();
    mock.on(GetCommand).resolves({ Item: recordOf(ctx, answer) });

    ctx.clock.advance(passed);

    expect((await recall(ctx)) !== undefined).toBe(isKnown);
    expect(ctx.idempotency?.replayed).toBe(isKnown);
  });

  test('that never had an effect is new', async () => {
    const { ctx, mock } = aRequestOf();
    mock.on(GetCommand).resolves({});

    expect(await recall(ctx)).toBeUndefined();
  });

  test('without a key is not looked for', async () => {
    const { ctx, mock } = aRequestOf();

    expect(await recall({ ...ctx, idempotency: undefined })).toBeUndefined();

    expect(mock).not.toHaveReceivedAnyCommand();
  });

  test('whose record is not one is an error, not an answer', async () => {
    const { ctx, mock } = aRequestOf();
    mock.on(GetCommand).resolves({ Item: { pk: 'x', sk: 'RECORD', request: 'request-1' } });

    await expect(recall(ctx)).rejects.toThrow();
  });
});

describe('a request in parts', () => {
  test.each([
    ['is a replay when every part was one', [true, true], true],
    ['is none when one part had its effect now', [true, false], false],
  ])('%s', (_, replays, replayed) => {
    const { ctx } = aRequestOf();
    const { part, settle } = partsOf(ctx);

    for (const [n, isReplay] of replays.entries()) {
      const { idempotency } = part(`part ${n}`);
      if (idempotency) idempotency.replayed = isReplay;
    }
    settle();

    expect(ctx.idempotency?.replayed).toBe(replayed);
  });

  test('without a key has parts without one', () => {
    const ctx = { ...aRequestOf().ctx, idempotency: undefined };

    expect(partsOf(ctx).part('a').idempotency).toBeUndefined();
  });
});
