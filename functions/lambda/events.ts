import type { DynamoDBBatchResponse, DynamoDBStreamEvent, Context as LambdaContext } from 'aws-lambda';
import { type Event, parseEvent } from '../../domain/events/event.item.ts';
import { once } from '../../domain/once.ts';
import { environmentFrom, required } from '../http/environment.ts';
import { busFrom } from '../workers/bus.ts';
import { mailFrom } from '../workers/mail.ts';
import { publishEvents } from '../workers/publishEvents.ts';
import { sendInvitation } from '../workers/sendInvitation.ts';
import { type StreamWorker, workOff } from '../workers/workOff.ts';

const outside = once(async () => ({
  environment: environmentFrom(process.env),
  publish: busFrom(process.env),
  letters: { sendMail: mailFrom(process.env), invitationUrl: required(process.env, 'INVITATION_URL') },
}));

/** Audit events leave the system: all of a batch are published to the bus, then invitations are mailed one by one. */
export async function handler(
  batch: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const { environment, publish, letters } = await outside();
  const worker: StreamWorker<Event> = {
    name: 'events',
    parse: parseEvent,
    async begin(events) {
      const refused = await publishEvents(publish, events);
      return async (event, attempt) => {
        const error = refused.get(event.eventId);
        if (error) throw error;
        await sendInvitation(attempt, letters, event);
      };
    },
  };
  return workOff(worker, environment, batch, context);
}
