import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  Context as LambdaContext,
} from 'aws-lambda';
import { type Event, parseEvent } from '../../domain/events/event.item.ts';
import { once } from '../../domain/once.ts';
import { deadlineOf, environmentFrom, required } from '../http/environment.ts';
import { busFrom, mailFrom } from '../workers/outside.ts';
import { publishEvents } from '../workers/publishEvents.ts';
import { sendInvitation } from '../workers/sendInvitation.ts';

const logger = new Logger();

const outside = once(async () => ({
  environment: environmentFrom(process.env),
  publish: busFrom(process.env),
  letters: { sendMail: mailFrom(process.env), invitationUrl: required(process.env, 'INVITATION_URL') },
}));

/** The stream of the table: audit events are published and invitations mailed, at least once, in the order written. */
export async function handler(
  batch: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const { environment, publish, letters } = await outside();
  const reading = { ...environment, deadline: deadlineOf(environment, context.getRemainingTimeInMillis()) };
  for (const record of batch.Records) {
    try {
      const event = eventOf(record);
      if (!event) continue;
      const failed = await publishEvents(publish, [event]);
      if (failed.size > 0) throw new Error('The bus did not take the event.');
      await sendInvitation(reading, letters, event);
    } catch (error) {
      logger.error('stream record failed', {
        eventId: record.eventID,
        error: error instanceof Error ? error.name : typeof error,
      });
      // Everything from the first failed record on comes again.
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
}

/** The audit event that a record carries; other items are not published. */
function eventOf({ eventName, dynamodb }: DynamoDBRecord): Event | undefined {
  const image = dynamodb?.NewImage;
  if (eventName !== 'INSERT' || !image?.sk?.S?.startsWith('evt_')) return undefined;
  // The same attribute values under the types of two packages.
  return parseEvent(unmarshall(image as Record<string, AttributeValue>));
}
