import { expect, test } from 'vitest';
import { lambdaRecord } from '../../../infra/stream/record.ts';

test('a stream record reaches the handler as Lambda delivers it, binary as base64 at any depth', () => {
  const record = lambdaRecord(
    {
      eventID: 'e1',
      eventName: 'MODIFY',
      eventVersion: '1.1',
      userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
      dynamodb: {
        ApproximateCreationDateTime: new Date('2026-11-24T02:00:00.700Z'),
        Keys: { pk: { S: 'a' } },
        NewImage: {
          bytes: { B: new Uint8Array([0, 255]) },
          nested: { M: { list: { L: [{ BS: [new Uint8Array([1])] }, { N: '7' }] } } },
          flags: { L: [{ BOOL: false }, { NULL: true }, { SS: ['x'] }, { NS: ['1'] }] },
        },
        OldImage: { pk: { S: 'a' } },
        SequenceNumber: '12',
        SizeBytes: 40,
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    },
    'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s',
  );

  expect(record).toEqual({
    eventID: 'e1',
    eventName: 'MODIFY',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/s',
    awsRegion: 'us-east-1',
    userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    dynamodb: {
      ApproximateCreationDateTime: 1795485600,
      Keys: { pk: { S: 'a' } },
      NewImage: {
        bytes: { B: 'AP8=' },
        nested: { M: { list: { L: [{ BS: ['AQ=='] }, { N: '7' }] } } },
        flags: { L: [{ BOOL: false }, { NULL: true }, { SS: ['x'] }, { NS: ['1'] }] },
      },
      OldImage: { pk: { S: 'a' } },
      SequenceNumber: '12',
      SizeBytes: 40,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  });
});
