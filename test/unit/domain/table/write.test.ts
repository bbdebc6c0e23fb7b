import { GetCommand, TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test, vi } from 'vitest';
import { DomainError } from '../../../../domain/errors.ts';
import { put } from '../../../../domain/table/action.ts';
import { absent } from '../../../../domain/table/condition.ts';
import { remember } from '../../../../domain/table/idempotency.ts';
import { Stale } from '../../../../domain/table/transact.ts';
import { fits, type Plan, snapshot, write } from '../../../../domain/table/write.ts';
import { aRequest, aWorld } from '../../../support/context.ts';
import { alice, aMockTable, cancelled } from '../../../support/mockTable.ts';

const stale = cancelled('ConditionalCheckFailed');

function aWrite({ key }: { key?: string } = {}) {
  const { table, mock } = aMockTable();
  const idempotency = key ? { key, request: 'request-1', replayed: false } : undefined;
  const { ctx, pauses } = aRequest(aWorld({ table }), alice, { idempotency });
  const sent = () =>
    mock.commandCalls(TransactWriteCommand).map((call) => call.args[0].input as TransactWriteCommandInput);
  return { ctx, mock, pauses, sent };
}

function aPlan(answer: unknown = { name: 'made' }): Plan<unknown> {
  return {
    answer,
    actions: [put({ pk: 'ORG#org_acme', sk: 'ITEM', name: 'made' }, { when: [absent] })],
    events: [{ orgId: alice.orgId, type: 'workspace.created', details: { name: 'made' } }],
  };
}

/** The stored record of an answer. */
function recorded(ctx: Parameters<typeof remember>[0], answer: unknown) {
  const [action] = remember(ctx, answer);
  if (action?.write.kind !== 'put') throw new Error('There is no record.');
  return { Item: action.write.item };
}

describe('an effect', () => {
  test('is written together with its event and the record of its answer', async () => {
    const { ctx, mock, sent } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolves({});

    expect(await write(ctx, async () => aPlan())).toEqual({ name: 'made' });

    expect(mock).toHaveReceivedCommandTimes(TransactWriteCommand, 1);
    expect(
      sent()[0]?.TransactItems?.map(({ Put, ConditionCheck }) => Put?.Item ?? ConditionCheck?.Key),
    ).toEqual([
      { pk: 'ORG#org_acme', sk: 'ITEM', name: 'made' },
      { pk: 'ORG#org_acme', sk: 'USER#usr_alice' },
      {
        pk: 'ORG#org_acme#EVENTS',
        sk: 'evt_01test00000000000000000001',
        orgId: 'org_acme',
        eventId: 'evt_01test00000000000000000001',
        type: 'workspace.created',
        at: '2026-03-02T09:00:00.000Z',
        actor: { kind: 'user', id: 'usr_alice', email: 'alice@example.com' },
        workspaceId: undefined,
        details: { name: 'made' },
      },
      recorded(ctx, { name: 'made' }).Item,
    ]);
  });

  test('without a key reads no record and keeps none', async () => {
    const { ctx, mock, sent } = aWrite();

    await write(ctx, async () => aPlan());

    expect(mock).not.toHaveReceivedCommand(GetCommand);
    expect(sent()[0]?.TransactItems).toHaveLength(3);
  });

  test('rests on the caller being in the organization and not leaving it', async () => {
    const { ctx, sent } = aWrite();

    await write(ctx, async () => aPlan());

    expect(sent()[0]?.TransactItems?.[1]?.ConditionCheck).toMatchObject({
      Key: { pk: 'ORG#org_acme', sk: 'USER#usr_alice' },
      ConditionExpression: 'attribute_exists(#pk) AND attribute_not_exists(#leaving)',
    });
  });

  test('that is nothing sends the record of its answer alone, and no events', async () => {
    const { ctx, mock, sent } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolves({});

    expect(await write(ctx, async () => ({ ...aPlan('as it was'), actions: [] }))).toBe('as it was');

    expect(sent().map(({ TransactItems }) => TransactItems?.map(({ Put }) => Put?.Item))).toEqual([
      [recorded(ctx, 'as it was').Item],
    ]);
    expect(mock).toHaveReceivedCommandTimes(GetCommand, 1);
  });

  test('that is nothing, without a key, sends nothing', async () => {
    const { ctx, mock } = aWrite();

    expect(await write(ctx, async () => ({ ...aPlan('as it was'), actions: [] }))).toBe('as it was');

    expect(mock).not.toHaveReceivedAnyCommand();
  });

  test('that was nothing when the same request has just done it gets the first answer', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolvesOnce({}).resolves(recorded(ctx, 'first answer'));
    mock.on(TransactWriteCommand).rejects(stale);

    expect(await write(ctx, async () => ({ ...aPlan('as it was'), actions: [] }))).toBe('first answer');
    expect(ctx.idempotency?.replayed).toBe(true);
  });

  test('that takes the caller out of the organization leaves behind who they were', async () => {
    const { ctx, mock, sent } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolves({});

    await write(ctx, async () => ({ ...aPlan(null), callerLeaves: true }));

    expect(sent()[0]?.TransactItems?.at(-1)?.Put?.Item).toEqual({
      pk: expect.stringMatching(/^ORG#org_acme#IDEMPOTENCY#[0-9a-f]{64}$/),
      sk: 'CALLER',
      userId: 'usr_alice',
      expiresAtSeconds: Date.parse('2026-03-03T09:00:00Z') / 1000,
    });
  });
});

test.each([
  ['no key', {}, 97],
  ['a key', { key: 'key-1' }, 96],
])(
  'what fits one transaction with %s leaves room for all that is written with it',
  (_, asked, mostActions) => {
    const { ctx } = aWrite(asked);
    const planOf = (count: number) => ({
      actions: Array.from({ length: count }, (_, n) => put({ pk: 'p', sk: `${n}` })),
      events: [1, 2].map(() => ({ orgId: alice.orgId, type: 'workspace.created' as const, details: {} })),
    });

    expect(fits(ctx, planOf(mostActions))).toBe(true);
    expect(fits(ctx, planOf(mostActions + 1))).toBe(false);
    expect(fits(ctx, { ...planOf(mostActions), callerLeaves: true })).toBe(!ctx.idempotency);
  },
);

describe('a repeated request', () => {
  test('gets its first answer without being planned again', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolves(recorded(ctx, 'first answer'));
    const plan = vi.fn(async () => aPlan());

    expect(await write(ctx, plan)).toBe('first answer');

    expect(plan).not.toHaveBeenCalled();
    expect(mock).not.toHaveReceivedCommand(TransactWriteCommand);
  });

  test('gets its first answer when that was written while it was planned', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolvesOnce({}).resolves(recorded(ctx, 'first answer'));
    mock.on(TransactWriteCommand).rejects(cancelled('None', 'None', 'ConditionalCheckFailed'));
    const plan = vi.fn(async () => aPlan());

    expect(await write(ctx, plan)).toBe('first answer');

    expect(plan).toHaveBeenCalledTimes(1);
    expect(ctx.idempotency?.replayed).toBe(true);
  });

  test('gets its first answer also when that effect is why it would be refused now', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolvesOnce({}).resolves(recorded(ctx, 'first answer'));
    const refuse = async () => {
      throw new DomainError('workspace_limit_reached', 'full');
    };

    expect(await write(ctx, refuse)).toBe('first answer');
  });
});

describe('a refusal', () => {
  const full = new DomainError('workspace_limit_reached', 'full');

  test('is thrown as it is, once nothing is known of an earlier effect', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolves({});

    await expect(write(ctx, () => Promise.reject(full))).rejects.toBe(full);

    expect(mock).toHaveReceivedCommandTimes(GetCommand, 2);
    expect(mock).not.toHaveReceivedCommand(TransactWriteCommand);
  });

  test('whose outcome is not known says so, also when the record can not be read either', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    const silence = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    mock.on(GetCommand).resolvesOnce({}).rejects(silence);
    mock.on(TransactWriteCommand).rejects(silence);

    await expect(write(ctx, async () => aPlan())).rejects.toThrow('not known whether this was written');
  });

  test('of a plan is not tried again', async () => {
    const { ctx, pauses } = aWrite();

    await expect(write(ctx, () => Promise.reject(full))).rejects.toBe(full);

    expect(pauses).toEqual([]);
  });

  test('that nobody foresaw is thrown as it is', async () => {
    const { ctx, mock } = aWrite({ key: 'key-1' });
    mock.on(GetCommand).resolves({});
    const bug = new TypeError('a bug');

    await expect(write(ctx, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});

describe('stale reading', () => {
  test('is planned again on fresh reads and written under a new client token', async () => {
    const { ctx, mock, sent } = aWrite();
    mock.on(TransactWriteCommand).rejectsOnce(stale).resolves({});
    const plan = vi
      .fn<() => Promise<Plan<unknown>>>()
      .mockResolvedValueOnce(aPlan('stale'))
      .mockResolvedValueOnce(aPlan('fresh'));

    expect(await write(ctx, plan)).toBe('fresh');

    const [first, second] = sent().map(({ ClientRequestToken }) => ClientRequestToken);
    expect(second).not.toBe(first);
  });

  test('that a plan finds itself is planned again', async () => {
    const { ctx, mock } = aWrite();
    const plan = vi
      .fn<() => Promise<Plan<unknown>>>()
      .mockRejectedValueOnce(new Stale('replaced while it was read'))
      .mockResolvedValueOnce(aPlan('fresh'));

    expect(await write(ctx, plan)).toBe('fresh');

    expect(mock).toHaveReceivedCommandTimes(TransactWriteCommand, 1);
  });

  test('becomes the refusal that fresh reads show', async () => {
    const { ctx, mock } = aWrite();
    mock.on(TransactWriteCommand).rejects(stale);
    const gone = new DomainError('not_found', 'gone');
    const plan = vi
      .fn<() => Promise<Plan<unknown>>>()
      .mockResolvedValueOnce(aPlan())
      .mockRejectedValueOnce(gone);

    await expect(write(ctx, plan)).rejects.toBe(gone);
  });

  test('is try_again when it lasts until the deadline', async () => {
    const { ctx, mock, pauses } = aWrite();
    mock.on(TransactWriteCommand).rejects(stale);

    await expect(write(ctx, async () => aPlan())).rejects.toMatchObject({ code: 'try_again' });

    expect(pauses.length).toBeGreaterThan(5);
    expect(ctx.now().getTime()).toBeLessThan(ctx.deadline);
  });
});

describe('a snapshot', () => {
  test('reads again until nothing changed in between', async () => {
    const { ctx, pauses } = aWrite();
    const read = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(new Stale('changed'))
      .mockRejectedValueOnce(new Stale('changed'))
      .mockResolvedValueOnce('read');

    expect(await snapshot(ctx, read)).toBe('read');

    expect(pauses).toHaveLength(2);
  });

  test('is try_again when things change until the deadline', async () => {
    const { ctx } = aWrite();

    const endless = snapshot(ctx, () => Promise.reject(new Stale('changed')));

    await expect(endless).rejects.toMatchObject({ code: 'try_again' });
  });

  test('throws at once what is not stale', async () => {
    const { ctx } = aWrite();
    const bug = new TypeError('a bug');

    await expect(snapshot(ctx, () => Promise.reject(bug))).rejects.toBe(bug);
  });
});
