import { callerIsPresent } from '../access/access.ts';
import type { Context } from '../context.ts';
import { DomainError } from '../errors.ts';
import { commit } from '../events/commit.ts';
import { type EventDraft, itemCountOf } from '../events/event.ts';
import { type Action, merged } from './action.ts';
import { backOff, isPassing, tryAgain } from './client.ts';
import { recall, recordCount, remember } from './idempotency.ts';
import { actionsPerTransaction, Stale } from './transact.ts';

/**
 * What a write is going to do, decided from what was read. Without actions nothing changes: there are no events, and the
 * answer is remembered all the same. `callerLeaves`: the caller is no longer in their organization afterwards.
 */
export type Plan<Answer> = {
  answer: Answer;
  actions: readonly Action[];
  events: readonly EventDraft[];
  callerLeaves?: boolean;
};

/** Whether a plan fits one transaction, with the caller's presence, its events and the idempotency record. */
export function fits(
  ctx: Context,
  { actions, events, callerLeaves }: Omit<Plan<unknown>, 'answer'>,
): boolean {
  const effect = merged([...actions, ...callerIsPresent(ctx)]).length;
  const eventItems = events.reduce((sum, draft) => sum + itemCountOf(draft), 0);
  return effect + eventItems + recordCount(ctx, callerLeaves) <= actionsPerTransaction;
}

/**
 * The one way to change anything. `plan` reads, throws what is refused, and says what to write; its actions, their
 * audit events and the idempotency record become one transaction, for a caller who is in the organization. Every fact
 * that `plan` relied on is a condition of an action: when one no longer holds, `plan` runs again on fresh reads, until
 * the deadline (`try_again`).
 * A request that already had its effect gets its first answer, also when that effect is why `plan` refuses it now.
 */
export async function write<Answer>(ctx: Context, plan: () => Promise<Plan<Answer>>): Promise<Answer> {
  const known = await recall(ctx);
  // The record holds what this very function answered under this key and request fingerprint.
  if (known) return known.answer as Answer;
  try {
    return await attempts(ctx, plan);
  } catch (refusal) {
    if (!(refusal instanceof DomainError) || !ctx.idempotency) throw refusal;
    const meanwhile = await recall(ctx).catch((cause) => {
      // That the record can't be read says less than what became of the write.
      throw isPassing(refusal) ? refusal : cause;
    });
    if (meanwhile) return meanwhile.answer as Answer;
    throw refusal;
  }
}

/** Reads that stand in several items, again when they changed in between. */
export async function snapshot<T>(ctx: Context, read: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await read();
    } catch (cause) {
      if (!(cause instanceof Stale)) throw cause;
      await backOff(ctx, attempt, () => tryAgain(cause));
    }
  }
}

async function attempts<Answer>(ctx: Context, plan: () => Promise<Plan<Answer>>): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    try {
      const { answer, actions, events, callerLeaves } = await plan();
      const record = remember(ctx, answer, { callerLeaves });
      if (actions.length > 0) await commit(ctx, [...actions, ...callerIsPresent(ctx)], events, { record });
      else if (record.length > 0) await commit(ctx, [], [], { record });
      return answer;
    } catch (cause) {
      if (!(cause instanceof Stale)) throw cause;
      const meanwhile = await recall(ctx);
      if (meanwhile) return meanwhile.answer as Answer;
      await backOff(ctx, attempt, () => tryAgain(cause));
    }
  }
}
