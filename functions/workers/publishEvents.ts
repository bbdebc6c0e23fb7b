import type { Event } from '../../domain/events/event.item.ts';
import { viewEvent } from '../../domain/events/listEvents.ts';
import type { Publish } from './outside.ts';

/** PutEvents takes 10 entries: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const perCall = 10;

/** Publishes audit events, at least once each. Answers the ids of those that must be tried again. */
export async function publishEvents(publish: Publish, events: readonly Event[]): Promise<Set<string>> {
  const failed = new Set<string>();
  for (let start = 0; start < events.length; start += perCall) {
    const entries = events.slice(start, start + perCall).map((event) => ({
      id: event.eventId,
      detailType: event.type,
      time: event.at,
      detail: JSON.stringify({ organizationId: event.orgId, ...viewEvent(event) }),
    }));
    for (const id of await publish(entries)) failed.add(id);
  }
  return failed;
}
