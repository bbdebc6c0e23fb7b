import type { DynamoDBRecord } from 'aws-lambda';
import { operationSort } from '../../domain/operations/operation.item.ts';

type Subscription = { eventNames: readonly ('INSERT' | 'MODIFY')[]; sortKeyPrefix: string };

/** Which records of the table's stream each worker is given. */
export const subscriptions = {
  /** Audit events, once: nobody changes one. */
  events: { eventNames: ['INSERT'], sortKeyPrefix: 'evt_' },
  /** Every write of an operation: the latest drives it on. */
  operations: { eventNames: ['INSERT', 'MODIFY'], sortKeyPrefix: operationSort },
} as const satisfies Record<string, Subscription>;

export type StreamWorkerName = keyof typeof subscriptions;

/** A subscription as an event source mapping takes it: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
export function filterPattern({ eventNames, sortKeyPrefix }: Subscription): Record<string, unknown> {
  return { eventName: eventNames, dynamodb: { Keys: { sk: { S: [{ prefix: sortKeyPrefix }] } } } };
}

/** The same, for a host that filters by itself. */
export function isSubscribed(
  { eventNames, sortKeyPrefix }: Subscription,
  { eventName, dynamodb }: DynamoDBRecord,
): boolean {
  return (
    eventNames.some((name) => name === eventName) && dynamodb?.Keys?.sk?.S?.startsWith(sortKeyPrefix) === true
  );
}
