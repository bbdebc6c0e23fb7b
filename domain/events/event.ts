import * as z from 'zod/mini';
import type { Context } from '../context.ts';
import { timestamp } from '../context.ts';
import { type ConnectionId, type EventId, idAfter, type OrgId, timeOf, type WorkspaceId } from '../ids.ts';
import { type Action, put } from '../table/action.ts';
import { type Event, eventItem, referenceItem, referencesTo, schemaVersion } from './event.item.ts';
import { type DetailsOf, type EventType, eventDetails } from './eventDetails.ts';

/** What happened, of one type. */
export type DraftOf<Type extends EventType> = {
  orgId: OrgId;
  type: Type;
  workspaceId?: WorkspaceId;
  /** Other workspaces that it concerns. */
  listedIn?: readonly WorkspaceId[];
  /** Of what concerns a whole lineage. */
  originId?: ConnectionId;
  /** Its workspace also lists the earlier event of this type in the same transaction. */
  companion?: EventType;
  details: DetailsOf<Type>;
  /** Only where the context's actor is not yet of the organization. */
  actor?: Event['actor'];
};

/** What happened; `actor`, time and id come from the context. `details` never holds secrets. */
export type EventDraft = { [Type in EventType]: DraftOf<Type> }[EventType];

/** How many items a draft becomes: the event, and a reference for each further list that it stands in. */
export function itemCountOf({ workspaceId, listedIn = [], originId }: EventDraft): number {
  return 1 + (originId ? 1 : Math.max(0, listedIn.length - (workspaceId ? 0 : 1)));
}

/** The events of one transaction, each with an id greater than those before it, and than `after`. */
export function eventsOf(ctx: Context, drafts: readonly EventDraft[], after?: EventId): Event[] {
  const now = timestamp(ctx);
  const events: Event[] = [];
  for (const { type, orgId, actor, workspaceId, listedIn = [], originId, companion, details } of drafts) {
    const fresh = ctx.newId('evt');
    const eventId = idAfter(fresh, events.at(-1)?.eventId ?? after);
    const companionId = events.find((event) => event.type === companion)?.eventId;
    events.push({
      orgId,
      eventId,
      type,
      // The order and the times that are shown never contradict each other.
      at: eventId === fresh ? now : new Date(timeOf(eventId)).toISOString(),
      actor: actor ?? eventActor(ctx),
      workspaceId,
      ...(listedIn.length > 0 && { listedIn: [...listedIn] }),
      ...(originId && { originId }),
      ...(companionId && { companionId }),
      schemaVersion,
      details: z.parse(eventDetails[type], details),
    });
  }
  return events;
}

/** An event and its references as actions. */
export function eventPuts(event: Event): Action[] {
  return [put(eventItem(event)), ...referencesTo(event).map((to) => put(referenceItem(to)))];
}

function eventActor({ actor }: Context): Event['actor'] {
  if (actor.kind === 'user') return { kind: 'user', id: actor.userId, email: actor.email };
  if (actor.kind === 'support' || actor.kind === 'service') return { kind: actor.kind, id: actor.id };
  throw new Error(`An event needs an actor, not ${actor.kind}.`);
}
