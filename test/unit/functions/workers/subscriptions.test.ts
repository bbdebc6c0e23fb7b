import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { filterPattern, isSubscribed, subscriptions } from '../../../../functions/workers/subscriptions.ts';

const record = (eventName: DynamoDBRecord['eventName'], sk: string): DynamoDBRecord => ({
  ...(eventName && { eventName }),
  dynamodb: { Keys: { pk: { S: 'ORG#org_1' }, sk: { S: sk } } },
});

describe.each([
  { name: 'events' as const, takes: ['INSERT evt_01'], leaves: ['MODIFY evt_01', 'REMOVE evt_01'] },
  {
    name: 'operations' as const,
    takes: ['INSERT OPERATION', 'MODIFY OPERATION'],
    leaves: ['REMOVE OPERATION', 'INSERT RUNNING', 'INSERT PLAN#000000', 'INSERT SKIPPED#end'],
  },
])('$name', ({ name, takes, leaves }) => {
  const isFor = (text: string) => {
    const [eventName, sk = ''] = text.split(' ');
    return isSubscribed(subscriptions[name], record(eventName as DynamoDBRecord['eventName'], sk));
  };

  test.each(takes)('takes %s', (text) => expect(isFor(text)).toBe(true));

  test.each([...leaves, 'INSERT WORKSPACE#wsp_1', 'MODIFY ORGANIZATION', 'INSERT CREDENTIALS#con_1'])(
    'leaves %s',
    (text) => expect(isFor(text)).toBe(false),
  );

  test('takes nothing of a record without keys', () => {
    expect(isSubscribed(subscriptions[name], { eventName: 'INSERT' })).toBe(false);
  });
});

test('the pattern of a mapping says the same as the code', () => {
  expect(filterPattern(subscriptions.operations)).toEqual({
    eventName: ['INSERT', 'MODIFY'],
    dynamodb: { Keys: { sk: { S: [{ prefix: 'OPERATION' }] } } },
  });
});
