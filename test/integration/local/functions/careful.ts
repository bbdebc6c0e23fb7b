import { appendFileSync } from 'node:fs';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { AttributeValue, DynamoDBStreamEvent } from 'aws-lambda';

const client = new DynamoDBClient({ maxAttempts: 1 });

/** Looks each new item up in the table, then mails it to the address in its sort key; reports what failed. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<unknown> {
  for (const { dynamodb } of Records) {
    try {
      await mail(dynamodb?.Keys ?? {});
    } catch {
      return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
}

async function mail({ pk, sk }: Record<string, AttributeValue>): Promise<void> {
  const Key = { pk: { S: pk?.S ?? '' }, sk: { S: sk?.S ?? '' } };
  await client.send(new GetItemCommand({ TableName: process.env.TABLE_NAME, Key }));
  const line = JSON.stringify({ to: sk?.S, subject: 'New' });
  appendFileSync((process.env.MAIL ?? '').replace('file:', ''), `${line}\n`);
}
