import type { Event } from '../../domain/events/event.item.ts';
import { viewEvent } from '../../domain/events/listEvents.ts';
import type { Publish } from './outside.ts';

/** Publishes an audit event, at least once. Throws when the bus did not take it. */
export async function publishEvent(publish: Publish, event: Event): Promise<void> {
  const detail = JSON.stringify({ organizationId: event.orgId, ...viewEvent(event) });
  await publish({ id: event.eventId, detailType: event.type, time: event.at, detail });
}
