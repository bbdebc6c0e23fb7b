import { eventItem, parseEvent, parseReference, referenceItem } from '../../domain/events/event.item.ts';
import type { Check, Kind } from './check.ts';
import type { Finding } from './invariant.ts';
import type { Tenant } from './tenant.ts';
import { hearing, referenceStands } from './told.ts';

/** An event, with what it tells of. */
export const eventKind: Kind = {
  name: 'event',
  at: /^ORG#[^#]+#EVENTS /,
  read(item) {
    const event = parseEvent(item);
    const hear = hearing(event);
    return { keys: eventItem(event), keep: ({ told }) => hear(told) };
  },
};

/** Where an event is listed beside its own item. */
export const referenceKind: Kind = {
  name: 'reference',
  at: /^ORG#[^#]+#(?:LINEAGE|WORKSPACE)#[^#]+#EVENTS EVENT#/,
  read(item) {
    const reference = parseReference(item);
    return { keys: referenceItem(reference), keep: ({ told }) => referenceStands(told, reference) };
  },
};

/** One event for one effect: what came and went by the events is what stands. Events have no end. */
export const eventChecks: readonly Check[] = [
  { needs: ['event', 'organization'], find: founding },
  { needs: ['event', 'workspace'], find: workspaces },
  { needs: ['event', 'membership', 'connection'], find: contents },
  { needs: ['event', 'user'], find: people },
  { needs: ['event', 'invitation'], find: invitations },
  { needs: ['event', 'reference'], find: references },
  { needs: ['event', 'workspace'], find: lastEvents },
];

function* founding({ organization, told, orgId }: Tenant): Generator<Finding> {
  if (organization && !told.isFounded) yield untold(orgId, 'stands, and no event tells of its creation');
}

function* workspaces({ told }: Tenant): Generator<Finding> {
  for (const [id, net] of told.workspaces) yield unbalanced(id, net);
}

function* contents({ told }: Tenant): Generator<Finding> {
  for (const [workspaceId, counts] of told.contents) {
    // With a workspace goes all that is in it; what stayed stands in a workspace that is gone, and is told as such.
    if (told.deletedWorkspaces.has(workspaceId)) continue;
    for (const [id, net] of counts) yield unbalanced(id, net, ` in ${workspaceId}`);
  }
}

/**
 * Somebody comes in once, however many invitations they accept, and leaves once; told when it is decided. Whoever could
 * not be taken out is back.
 */
function* people({ told, people: standing }: Tenant): Generator<Finding> {
  for (const [id, { leaving }] of standing) {
    if (!told.cameIn.has(id)) yield untold(id, 'stands, and no event tells of their coming');
    const hasLeft = told.left.has(id);
    if (hasLeft && !leaving) yield untold(id, 'stands, and an event tells that they left');
    if (!hasLeft && leaving) yield untold(id, 'is leaving, and no event tells of it');
  }
  for (const id of told.cameIn)
    if (!standing.has(id) && !told.left.has(id))
      yield undone(id, 'came in by an event, and is gone without one');
}

/** Invitations go without an event, by time or for a newer one; while one stands, events tell how it began and ended. */
function* invitations({ told, invitations: standing }: Tenant): Generator<Finding> {
  for (const [id, { status }] of standing) {
    const { isSent = false, ended = 'pending' } = told.invitations.get(id) ?? {};
    if (!isSent) yield untold(id, 'stands, and no event tells of its creation');
    else if (ended === 'pending' && status !== ended)
      yield untold(id, `is ${status}, and no event tells of it`);
    else if (status !== ended) yield undone(id, `is ${status}, events tell that it was ${ended}`);
  }
}

function* references({ told }: Tenant): Generator<Finding> {
  for (const [place, net] of told.references) {
    const [subject = '', list] = place.split(' in ');
    const detail = net > 0 ? 'is not listed there as it says' : 'is listed there, and does not say so';
    yield { invariant: 'event_reference', subject, detail: `${list?.trim()}: ${detail}` };
  }
}

function* lastEvents({ told, workspaces: standing }: Tenant): Generator<Finding> {
  for (const { workspaceId, lastEventId } of standing.values())
    if (lastEventId && lastEventId > (told.lastEvents.get(workspaceId) ?? ''))
      yield { invariant: 'last_event', subject: workspaceId, detail: `remembers ${lastEventId}` };
}

function unbalanced(subject: string, net: number, where = ''): Finding {
  const times = `${Math.abs(net)} more than`;
  return net > 0
    ? undone(subject, `events tell of ${times} there are${where}`)
    : untold(subject, `there are ${times} events tell of${where}`);
}

function untold(subject: string, detail: string): Finding {
  return { invariant: 'effect_without_event', subject, detail };
}

function undone(subject: string, detail: string): Finding {
  return { invariant: 'event_without_effect', subject, detail };
}
