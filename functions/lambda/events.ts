import type { DynamoDBBatchResponse, DynamoDBStreamEvent, Context as LambdaContext } from 'aws-lambda';
import { type Event, parseEvent } from '../../domain/events/event.item.ts';
import { once } from '../../domain/once.ts';
import { environmentFrom } from '../http/environment.ts';
import { busFrom } from '../workers/bus.ts';
import { publishEvents } from '../workers/publishEvents.ts';
import { type StreamWorker, workOff } from '../workers/workOff.ts';

const outside = once(async () => ({
  environment: environmentFrom(process.env),
  publish: busFrom(process.env),
}));

/** Audit events leave the system: all of a batch are published to the bus. */
export async function handler(
  batch: DynamoDBStreamEvent,
  context: LambdaContext,
): Promise<DynamoDBBatchResponse> {
  const { environment, publish } = await outside();
  const worker: StreamWorker<Event> = {
    name: 'events',
    parse: parseEvent,
    async begin(events) {
      const refused = await publishEvents(publish, events);
      return async (event) => {
        const error = refused.get(event.eventId);
        if (error) throw error;
      };
    },
  };
  return workOff(worker, environment, batch, context);
}
