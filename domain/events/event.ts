import type { Context } from '../context.ts';
import { timestamp } from '../context.ts';
import type { OrgId, WorkspaceId } from '../ids.ts';
import { type Action, put } from '../table/action.ts';
import { type Event, type EventType, eventItem } from './event.item.ts';

/** What happened; `actor`, time and id come from the context. `details` never holds secrets. */
export type EventDraft = {
  orgId: OrgId;
  type: EventType;
  workspaceId?: WorkspaceId;
  details: Record<string, unknown>;
  /** Only where the context's actor is not yet of the organization. */
  actor?: Event['actor'];
};

/** The puts that go into the transaction of the effect. */
export function eventPuts(ctx: Context, drafts: readonly EventDraft[]): Action[] {
  return drafts.map((draft) =>
    put(
      eventItem({
        orgId: draft.orgId,
        eventId: ctx.newId('evt'),
        type: draft.type,
        at: timestamp(ctx),
        actor: draft.actor ?? eventActor(ctx),
        workspaceId: draft.workspaceId,
        details: draft.details,
      }),
    ),
  );
}

function eventActor({ actor }: Context): Event['actor'] {
  if (actor.kind === 'user') return { kind: 'user', id: actor.userId, email: actor.email };
  if (actor.kind === 'support' || actor.kind === 'service') return { kind: actor.kind, id: actor.id };
  throw new Error(`An event needs an actor, not ${actor.kind}.`);
}
