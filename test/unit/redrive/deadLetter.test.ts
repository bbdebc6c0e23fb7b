import { expect, test } from 'vitest';
import { Left, parseDeadLetter } from '../../../infra/redrive/deadLetter.ts';
import { aLetter, functionArn, place, secret, shardId, streamArn } from './scene.ts';

const letter = aLetter(1, 3);

test('what Lambda sends tells the function, its alias included, and the range, digit by digit', () => {
  expect(parseDeadLetter(JSON.stringify(letter))).toEqual({
    functionArn,
    range: {
      streamArn,
      shardId,
      startSequenceNumber: place(1),
      endSequenceNumber: place(3),
      approximateArrivalOfLastRecord: '2026-11-24T11:00:00Z',
    },
  });
});

test('an event that asks for a mail is given back by other means, which are named', () => {
  const event = { 'detail-type': 'invitation.created', detail: { details: { email: secret } } };
  const read = () => parseDeadLetter(JSON.stringify(event));

  expect(read).toThrow(Left);
  expect(read).toThrow('aws sqs start-message-move-task');
  expect(read).not.toThrow(secret);
});

test('a message about records that no function was tried with has no response, and is taken', () => {
  const { responseContext: _, ...aged } = letter;

  expect(parseDeadLetter(JSON.stringify(aged))).toMatchObject({ functionArn });
});

const inRange = (change: object) => ({
  ...letter,
  DDBStreamBatchInfo: { ...letter.DDBStreamBatchInfo, ...change },
});
const ofFunction = (arn: string) => ({ ...letter, requestContext: { functionArn: arn } });

test.each<[string, unknown, string]>([
  ['is no JSON', `{ "email": ${secret}`, 'it is no JSON'],
  ['is empty', '', 'it is no JSON'],
  ['is no object', '"text"', 'it is no object'],
  ['tells of another kind of stream', { ...letter, DDBStreamBatchInfo: undefined }, 'DDBStreamBatchInfo'],
  [
    'has an end that is no number',
    inRange({ endSequenceNumber: secret }),
    'DDBStreamBatchInfo.endSequenceNumber',
  ],
  ['has no shard', inRange({ shardId: undefined }), 'DDBStreamBatchInfo.shardId'],
  ['names a stream of something else', inRange({ streamArn: secret }), 'DDBStreamBatchInfo.streamArn'],
  [
    'does not say when the records arrived',
    inRange({ approximateArrivalOfLastRecord: secret }),
    'DDBStreamBatchInfo.approximateArrivalOfLastRecord',
  ],
  ['names no function', ofFunction(secret), 'requestContext.functionArn'],
  [
    'names a function that would be another line',
    ofFunction(`${functionArn}\nx`),
    'requestContext.functionArn',
  ],
])('a message that %s is none: it says where, and nothing of what stands there', (_, body, where) => {
  const parse = () => parseDeadLetter(typeof body === 'string' ? body : JSON.stringify(body));

  expect(parse).toThrow(new Left(`not what Lambda sends about a DynamoDB stream: ${where}`));
});
