import type { DynamoDBBatchResponse, DynamoDBStreamEvent, Context as LambdaContext } from 'aws-lambda';
import { parseEvent } from '../../domain/events/event.item.ts';
import { once } from '../../domain/once.ts';
import { environmentFrom, required } from '../http/environment.ts';
import { busFrom, mailFrom } from '../workers/outside.ts';
import { publishEvent } from '../workers/publishEvent.ts';
import { sendInvitation } from '../workers/sendInvitation.ts';
import { workOff } from '../workers/workOff.ts';

const outside = once(async () => ({
  environment: environmentFrom(process.env),
  publish: busFrom(process.env),
  letters: { sendMail: mailFrom(process.env), invitationUrl: required(process.env, 'INVITATION_URL') },
}));

/** Audit events leave the system: each is published to the bus, and invitations are mailed. */
export async function handler(
  batch: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const { environment, publish, letters } = await outside();
  return workOff('events', environment, batch, context, async (attempt, item) => {
    const event = parseEvent(item);
    await publishEvent(publish, event);
    await sendInvitation(attempt, letters, event);
  });
}
