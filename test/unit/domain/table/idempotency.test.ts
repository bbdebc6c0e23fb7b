import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import type { Actor } from '../../../../domain/context.ts';
import { OrgId, UserId } from '../../../../domain/ids.ts';
import { callerWhoLeft, partsOf, recall, remember } from '../../../../domain/table/idempotency.ts';
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

  test('takes the key for the whole of it with each part that is written', () => {
    const { ctx } = aRequestOf();

    const actions = remember(partsOf(ctx).part('a@example.com'), 'invited');

    const [part, whole] = actions.map(({ write }) => (write.kind === 'put' ? write.item : undefined));
    expect(part?.pk).not.toBe(whole?.pk);
    expect(whole).toEqual({
      pk: recordOf(ctx).pk,
      sk: 'RECORD',
      request: 'request-1',
      begun: true,
      expiresAtSeconds: Date.parse('2026-03-03T09:00:00Z') / 1000,
    });
    expect(actions[1]?.failed?.({ pk: '', sk: '', request: 'request-2' })).toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(actions[1]?.failed?.({ pk: '', sk: '', request: 'request-1' })).toMatchObject({
      code: 'try_again',
    });
  });

  test('that has begun is done to its end under its key, and by nothing else', async () => {
    const { ctx, mock } = aRequestOf();
    const [, whole] = remember(partsOf(ctx).part('a@example.com'), 'invited');
    mock.on(GetCommand).resolves(whole?.write.kind === 'put' ? { Item: whole.write.item } : {});

    expect(await recall(ctx)).toBeUndefined();
    await expect(recall(withKey(ctx, 'key-1', 'request-2'))).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  test('without a key has parts without one', () => {
    const ctx = { ...aRequestOf().ctx, idempotency: undefined };

    expect(partsOf(ctx).part('a').idempotency).toBeUndefined();
  });
});

describe('who left by a request', () => {
  const asked = { orgId: alice.orgId, login: alice.login, key: 'key-1' };

  /** A table that holds what the request of Alice has left. */
  function afterLeaving() {
    const { ctx, mock } = aRequestOf();
    const item = remember(ctx, null, { callerLeaves: true }).flatMap(({ write }) =>
      write.kind === 'put' && write.item.sk === 'CALLER' ? [write.item] : [],
    )[0];
    mock
      .on(GetCommand)
      .callsFake(({ Key }) => (Key.pk === item?.pk && Key.sk === item?.sk ? { Item: item } : {}));
    return ctx;
  }

  test('is found by their login, organization and key', async () => {
    expect(await callerWhoLeft(afterLeaving(), asked)).toBe('usr_alice');
  });

  test.each([
    ['another login', { login: 'login-bob' }],
    ['another organization', { orgId: 'org_beta' }],
    ['another key', { key: 'key-2' }],
    ['a login and a key that are joined the same', { login: 'login-alice\nkey-1', key: '' }],
  ])('is not found by %s', async (_, other) => {
    expect(await callerWhoLeft(afterLeaving(), { ...asked, ...other })).toBeUndefined();
  });

  test('is not found after 24 hours, though it may still stand', async () => {
    const ctx = afterLeaving();

    ctx.clock.advance(24 * hour);

    expect(await callerWhoLeft(ctx, asked)).toBeUndefined();
  });

  test('is nobody of support or of the services', () => {
    const { ctx } = aRequestOf({ kind: 'support', id: 'usr_alice' });

    expect(remember(ctx, null, { callerLeaves: true })).toHaveLength(1);
  });
});
