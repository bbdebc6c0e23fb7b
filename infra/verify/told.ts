import * as z from 'zod/mini';
import {
  type Event,
  type EventReference,
  referenceItem,
  referencesTo,
} from '../../domain/events/event.item.ts';
import { type EventType, eventDetails } from '../../domain/events/eventDetails.ts';

/**
 * What the events of one organization tell, against what stands. Both sides go into the same balance, in whatever order
 * they are read, and what is even is forgotten: of a table that holds together nothing is left but a string for each
 * person who came or left and for each invitation.
 */
export type Told = {
  isFounded: boolean;
  /** How often each came more than it went and stands. */
  workspaces: Map<string, number>;
  /** The same of members and connections, by workspace. */
  contents: Map<string, Map<string, number>>;
  /** With these went all that was in them, without an event for each. */
  deletedWorkspaces: Set<string>;
  cameIn: Set<string>;
  /** How often each left more than they were back. */
  left: Map<string, number>;
  /** Of lists that an event says it stands in, how many more there are than references; by list and event. */
  references: Map<string, number>;
  /** The greatest id of the events of each workspace. */
  lastEvents: Map<string, string>;
  /** Whether it began, and how it ended. */
  invitations: Map<string, { isSent: boolean; ended?: 'accepted' | 'revoked' }>;
};

/** Nothing heard, nothing seen. */
export function newTold(): Told {
  return {
    isFounded: false,
    workspaces: new Map(),
    contents: new Map(),
    deletedWorkspaces: new Set(),
    cameIn: new Set(),
    left: new Map(),
    references: new Map(),
    lastEvents: new Map(),
    invitations: new Map(),
  };
}

/** A workspace that stands. */
export function workspaceStands(told: Told, workspaceId: string): void {
  balance(told.workspaces, workspaceId, -1);
}

/** A member or a connection that stands. */
export function standsIn(told: Told, workspaceId: string, id: string): void {
  balanceIn(told, workspaceId, id, -1);
}

function balance(counts: Map<string, number>, id: string, by: number): void {
  const after = (counts.get(id) ?? 0) + by;
  if (after === 0) counts.delete(id);
  else counts.set(id, after);
}

function balanceIn(told: Told, workspaceId: string, id: string, by: number): void {
  const counts = told.contents.get(workspaceId) ?? new Map<string, number>();
  balance(counts, id, by);
  if (counts.size === 0) told.contents.delete(workspaceId);
  else told.contents.set(workspaceId, counts);
}

const Named = z.object({ connectionId: z.optional(z.string()), userId: z.optional(z.string()) });
const named = z.optional(z.array(Named));
/** What an event says of whom and what it is about; alone, or as one for a whole step. */
const Details = z.extend(Named, {
  invitationId: z.optional(z.string()),
  operationId: z.optional(z.string()),
  members: named,
  connections: named,
});
type Details = z.output<typeof Details>;

/** What happened, happened at a time. */
const Timed = z.object({ at: z.iso.datetime() });

/** What it takes to hear an event; throws when its details are not what an event of its type has. */
export function hearing(event: Event): (told: Told) => void {
  const hear = heard[event.type];
  z.parse(Timed, event);
  if (event.schemaVersion) z.parse(eventDetails[event.type], event.details);
  const details = z.parse(Details, event.details);
  return (told) => {
    listed(told, event);
    hear?.(told, event, details);
  };
}

/** In which lists an event says that it stands. */
function listed({ references, lastEvents }: Told, event: Event): void {
  for (const reference of referencesTo(event)) balance(references, placeOf(reference), 1);
  const { workspaceId, listedIn = [], eventId } = event;
  for (const id of workspaceId ? [workspaceId, ...listedIn] : listedIn)
    if (eventId > (lastEvents.get(id) ?? '')) lastEvents.set(id, eventId);
}

/** A reference that stands. */
export function referenceStands({ references }: Told, reference: EventReference): void {
  balance(references, placeOf(reference), -1);
}

function placeOf(reference: EventReference): string {
  const { pk, gsi1pk = '' } = referenceItem(reference);
  return `${reference.eventId} in ${pk} ${gsi1pk}`;
}

const heard: Partial<Record<EventType, (told: Told, event: Event, details: Details) => void>> = {
  'organization.created': (told) => {
    told.isFounded = true;
  },
  'workspace.created': (
    told,
    { workspaceId = '', actor },
    { operationId, members = [], connections = [] },
  ) => {
    balance(told.workspaces, workspaceId, 1);
    // What an operation provisions begins with its creator; the others have events of their own.
    const people = operationId ? [{ userId: actor.id }] : members;
    for (const id of idsOf([...people, ...connections])) balanceIn(told, workspaceId, id, 1);
  },
  'workspace.deleted': (told, { workspaceId = '' }) => {
    balance(told.workspaces, workspaceId, -1);
    told.deletedWorkspaces.add(workspaceId);
  },
  'member.added': (told, event, details) => {
    if (event.workspaceId) moved(told, event, details.members ?? [details], 1);
    // Back in the organization: the removal could not be done.
    else for (const id of idsOf([details])) balance(told.left, id, -1);
  },
  'member.removed': (told, event, details) => {
    if (event.workspaceId) moved(told, event, details.members ?? [details], -1);
    // Out of the organization: one event more, after those of the workspaces.
    else for (const id of idsOf([details])) balance(told.left, id, 1);
  },
  'connection.created': (told, event, details) => moved(told, event, [details], 1),
  'connection.copied': (told, event, details) => moved(told, event, details.connections ?? [details], 1),
  'connection.deleted': (told, event, details) => moved(told, event, details.connections ?? [details], -1),
  'invitation.created': sent,
  'invitation.resent': sent,
  'invitation.accepted': (told, event, details) => {
    told.cameIn.add(event.actor.id);
    ended(told, details, 'accepted');
  },
  'invitation.revoked': (told, _, details) => ended(told, details, 'revoked'),
};

function moved(told: Told, { workspaceId }: Event, things: z.output<typeof Named>[], by: number): void {
  for (const id of idsOf(things)) balanceIn(told, workspaceId ?? '', id, by);
}

function idsOf(things: readonly z.output<typeof Named>[]): string[] {
  return things.flatMap(({ connectionId, userId }) => connectionId ?? userId ?? []);
}

function sent(told: Told, _: Event, { invitationId = '' }: Details): void {
  told.invitations.set(invitationId, { ...told.invitations.get(invitationId), isSent: true });
}

function ended(told: Told, { invitationId = '' }: Details, how: 'accepted' | 'revoked'): void {
  const { isSent = false } = told.invitations.get(invitationId) ?? {};
  told.invitations.set(invitationId, { isSent, ended: how });
}
