import type { Event } from '../../domain/events/event.item.ts';
import { type EventView, viewEvent } from '../../domain/events/eventView.ts';
import type { Publish } from './bus.ts';

/**
 * Publishes audit events, at least once, without the address of an invitee: what is published is kept by others. Answers
 * why the bus did not take some of them, by event id.
 */
export function publishEvents(
  publish: Publish,
  events: readonly Event[],
): Promise<ReadonlyMap<string, Error>> {
  return publish(
    events.map((event) => ({
      id: event.eventId,
      detailType: event.type,
      time: event.at,
      detail: JSON.stringify(busDetail(event)),
    })),
  );
}

/** An event as the bus has it: as clients are shown it, with its organization. */
export function busDetail(event: Event): EventView & { organizationId: string } {
  return { organizationId: event.orgId, ...viewEvent(event, 'everything') };
}
