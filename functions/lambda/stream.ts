import { Logger } from '@aws-lambda-powertools/logger';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  Context as LambdaContext,
} from 'aws-lambda';
import { isEvent, parseEvent } from '../../domain/events/event.item.ts';
import { once } from '../../domain/once.ts';
import { operationSort, parseOperation } from '../../domain/operations/operation.item.ts';
import { runTurn } from '../../domain/operations/runOperation.ts';
import type { Item } from '../../domain/table/client.ts';
import { deadlineOf, type Environment, environmentFrom, required } from '../http/environment.ts';
import { busFrom, mailFrom } from '../workers/outside.ts';
import { publishEvent } from '../workers/publishEvent.ts';
import { sendInvitation } from '../workers/sendInvitation.ts';

const logger = new Logger();

const outside = once(async () => ({
  environment: environmentFrom(process.env),
  publish: busFrom(process.env),
  letters: { sendMail: mailFrom(process.env), invitationUrl: required(process.env, 'INVITATION_URL') },
}));
type Outside = Awaited<ReturnType<typeof outside>>;

/**
 * The stream of the table: events are published, invitations mailed, operations driven on; at least once, in the order
 * written. From the first record that failed on, everything comes again.
 */
export async function handler(
  batch: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const workers = await outside();
  for (const record of batch.Records) {
    try {
      const deadline = deadlineOf(workers.environment, context.getRemainingTimeInMillis());
      await work(workers, { ...workers.environment, deadline }, record);
    } catch (error) {
      logger.error('stream record failed', { eventId: record.eventID, ...described(error) });
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? '' }] };
    }
  }
  return { batchItemFailures: [] };
}

async function work(
  { publish, letters }: Outside,
  reading: Environment & { deadline: number },
  { eventName, dynamodb }: DynamoDBRecord,
): Promise<void> {
  if (!dynamodb?.NewImage || eventName === 'REMOVE') return;
  // The same attribute values under the types of two packages.
  const item = unmarshall(dynamodb.NewImage as Record<string, AttributeValue>) as Item;
  if (item.sk === operationSort) {
    const { orgId, operationId, version } = parseOperation(item);
    await runTurn(reading, { orgId, operationId, seenVersion: version });
  }
  if (eventName === 'INSERT' && isEvent(item)) {
    const event = parseEvent(item);
    await publishEvent(publish, event);
    await sendInvitation(reading, letters, event);
  }
}

function described(error: unknown): Record<string, unknown> {
  return error instanceof Error ? { error: error.name, reason: error.message } : {};
}
