import { appendFileSync } from 'node:fs';
import type { DynamoDBStreamEvent } from 'aws-lambda';

/** Mails every new item to the address in its sort key; cannot stand `poison` until it is cured. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<unknown> {
  for (const { dynamodb } of Records) {
    const to = dynamodb?.Keys?.sk?.S;
    if (to === 'poison' && !process.env.POISON_IS_CURED)
      return { batchItemFailures: [{ itemIdentifier: dynamodb?.SequenceNumber }] };
    appendFileSync(
      (process.env.MAIL ?? '').replace('file:', ''),
      `${JSON.stringify({ to, subject: 'New' })}\n`,
    );
  }
  return { batchItemFailures: [] };
}
