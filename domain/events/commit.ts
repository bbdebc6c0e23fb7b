import type { Context } from '../context.ts';
import { EventId, type OrgId, type WorkspaceId } from '../ids.ts';
import { type Action, check, update } from '../table/action.ts';
import { type Item, type Key, tryAgain } from '../table/client.ts';
import { either, lacks, lessThan } from '../table/condition.ts';
import { Stale, transact } from '../table/transact.ts';
import { lastEventId, workspaceKey } from '../workspaces/workspace.item.ts';
import type { Event } from './event.item.ts';
import { type EventDraft, eventPuts, eventsOf } from './event.ts';

/** Another write has left a later event in the workspace: the ids must be made again. */
class OutOfOrder extends Stale {
  readonly after: EventId;

  constructor(after: EventId) {
    super(`an event was written after ${after} was`);
    this.after = after;
  }
}

/**
 * Writes actions and what happened as one transaction. Ids are made before the commit, so of two writes the later one may
 * have the smaller: a workspace item that takes part in the transaction therefore remembers its last event, and a write
 * whose ids are not greater makes new ones, whatever its clock says (docs/adr/0016). `record` is written
 * too, after the events; `tryForMilliseconds` as `transact` takes it. Throws what `transact` throws.
 */
export async function commit(
  ctx: Context,
  actions: readonly Action[],
  drafts: readonly EventDraft[],
  { record = [], ...tryFor }: { record?: readonly Action[]; tryForMilliseconds?: number } = {},
): Promise<void> {
  let after: EventId | undefined;
  for (;;) {
    const events = eventsOf(ctx, drafts, after);
    try {
      const all = [...inOrder(actions, events), ...events.flatMap(eventPuts), ...record];
      return await transact(ctx, all, tryFor);
    } catch (error) {
      if (!(error instanceof OutOfOrder)) throw error;
      after = error.after;
      // Others have moved on, so there is nothing to wait for.
      if (ctx.now().getTime() >= ctx.deadline) throw tryAgain(error);
      ctx.meter.retries += 1;
    }
  }
}

/** The actions, and with those on a workspace item that its events come after the ones before. */
function inOrder(actions: readonly Action[], events: readonly Event[]): Action[] {
  const places = events.flatMap((event) =>
    [event.workspaceId, ...(event.listedIn ?? [])].map((workspaceId) => ({ ...event, workspaceId })),
  );
  const byWorkspace = Map.groupBy(places, ({ workspaceId }) => workspaceId);
  return [...byWorkspace].reduce<Action[]>(
    (all, [workspaceId, own]) => {
      const [first, last] = [own.at(0), own.at(-1)];
      return workspaceId && first && last ? withOrder(all, first.orgId, workspaceId, first, last) : all;
    },
    [...actions],
  );
}

type Identified = Pick<Event, 'eventId'>;

function withOrder(
  actions: Action[],
  orgId: OrgId,
  workspaceId: WorkspaceId,
  first: Identified,
  last: Identified,
): Action[] {
  const key = workspaceKey(orgId, workspaceId);
  const place = actions.findIndex((action) => action.key.pk === key.pk && action.key.sk === key.sk);
  const kinds = actions.filter((a) => a.key.pk === key.pk && a.key.sk === key.sk).map((a) => a.write.kind);
  if (place < 0) return actions;
  // A new workspace has no event before its first.
  if (kinds.includes('put')) return actions.map((action) => rememberedIn(action, key, last));
  const when = [either(lacks(lastEventId), lessThan(lastEventId, first.eventId))];
  const failed = (found: Item | undefined) => outOfOrder(found, first);
  const ordered = kinds.includes('delete')
    ? check(key, when, failed)
    : update(key, { set: { [lastEventId]: last.eventId } }, { when, failed });
  return actions.toSpliced(place, 0, ordered);
}

function rememberedIn(action: Action, { pk, sk }: Key, { eventId }: Identified): Action {
  if (action.write.kind !== 'put' || action.key.pk !== pk || action.key.sk !== sk) return action;
  return { ...action, write: { kind: 'put', item: { ...action.write.item, [lastEventId]: eventId } } };
}

function outOfOrder(found: Item | undefined, { eventId }: Identified): OutOfOrder | undefined {
  const known = EventId.safeParse(found?.[lastEventId]);
  return known.success && known.data >= eventId ? new OutOfOrder(known.data) : undefined;
}
