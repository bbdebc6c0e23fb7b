import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import type { Context } from '../../domain/context.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Item, Table } from '../../domain/table/client.ts';

/** Every item of the table whose partition begins with `prefix`, by key. Only tests scan. */
export async function everything({ name, documents }: Table, prefix = ''): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(
      new ScanCommand({
        TableName: name,
        ConsistentRead: true,
        ExclusiveStartKey,
        ...(prefix && {
          FilterExpression: 'begins_with(pk, :prefix)',
          ExpressionAttributeValues: { ':prefix': prefix },
        }),
      }),
    );
    items.push(...((page.Items ?? []) as Item[]));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return items.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

function idOf({ pk, sk }: Item): string {
  return `${pk}\n${sk}`;
}

/** The domain error of an attempt; fails when it succeeds or breaks in another way. */
export async function failure(attempt: () => Promise<unknown>): Promise<DomainError> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('It was expected to be refused and was not.');
}

/** The domain error of a write that was refused; fails when anything of the caller's organization has changed. */
export async function refused(
  { table, actor }: Pick<Context, 'table' | 'actor'>,
  attempt: () => Promise<unknown>,
): Promise<DomainError> {
  const theirs = actor.kind === 'user' ? `ORG#${actor.orgId}` : '';
  const before = await everything(table, theirs);
  const error = await failure(attempt);
  expect(await everything(table, theirs)).toEqual(before);
  return error;
}

export type Outcome = { done: unknown } | { refused: DomainError };

/** What became of callers who acted at the same time; errors that the domain does not name fail the test. */
export async function together(...attempts: (() => Promise<unknown>)[]): Promise<Outcome[]> {
  const settled = await Promise.allSettled(attempts.map((attempt) => attempt()));
  return settled.map((outcome) => {
    if (outcome.status === 'fulfilled') return { done: outcome.value };
    if (outcome.reason instanceof DomainError) return { refused: outcome.reason };
    throw outcome.reason;
  });
}

/** `done`, or the code of the refusal. */
export function codeOf(outcome: Outcome | undefined): string {
  if (!outcome) throw new Error('There is no such outcome.');
  return 'refused' in outcome ? outcome.refused.code : 'done';
}
