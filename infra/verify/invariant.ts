/** What must hold in the table. The names are stable, for alarms and scripts to match; each has a line of what it means. */
export const invariants = {
  organization_missing:
    'Whatever stands under the keys of an organization, the organization itself does too.',
  workspace_count: 'An organization counts its workspaces.',
  owner_list: 'The owners that an organization lists are the people who are owners.',
  no_owner: 'An organization that people have come into has an owner.',
  member_count: 'A workspace counts its members.',
  admin_count: 'A workspace counts its admins.',
  invited_count: 'A workspace counts by the hour those who are invited into it.',
  invitation_count: 'An organization counts its pending invitations by the hour.',
  connection_count: 'A workspace counts its connections.',
  copies_elsewhere_count: 'A workspace counts the copies that other workspaces made of its connections.',
  no_admin: 'A workspace has an admin, unless it is being deleted.',
  workspace_gone: 'Members and connections stand in a workspace that stands.',
  undriven_workspace:
    'An operation that a workspace waits for is running and is of the kind that the status says.',
  person_workspace_count: 'A person counts their memberships.',
  person_admin_count: 'A person counts the workspaces that they are an admin of.',
  member_is_nobody: 'Who is a member somewhere is a person of the organization.',
  leaving: 'Who is leaving is being taken out by a running operation, and who is being taken out is leaving.',
  identity_missing: 'The login of a person leads to them.',
  identity_dangling: 'An identity leads to a person who has this login.',
  address_missing: 'Each address of a person, and that of a pending invitation, leads to them.',
  address_dangling:
    'An address leads to one person, or to one pending invitation, who has it, or is about to go.',
  address_expiry: 'An address that leads to an invitation goes when that does.',
  parent_gone: 'The parent of a copy stands.',
  origin_gone: 'The origin of a copy stands.',
  child_count: 'A connection counts the copies made directly from it.',
  lineage_count: 'An origin counts its lineage, itself included.',
  lineage_mismatch: 'From parent to parent a copy leads to its origin, whose part its id ends in.',
  data_source_mismatch: 'A copy is of the data source of its origin.',
  origin_twice: 'A workspace holds one connection of an origin.',
  selection_outside_list: 'A connection selects from accounts that the list of its origin has had.',
  selection_unremembered:
    'An origin remembers every account that a connection of its lineage selects by name, so that its ordinal goes to no other.',
  ordinal_twice: 'Each account of a list has an ordinal of its own.',
  credentials_missing: 'An origin has credentials.',
  credentials_left_over: 'Credentials belong to an origin that stands.',
  credentials_version: 'The credentials of an origin are those of its present authorization.',
  accounts_missing: 'Every page of the account list of an origin stands.',
  accounts_left_over: 'Pages of accounts belong to an origin that stands and knows of them.',
  accounts_version: 'All pages of an account list are of the version that its origin says.',
  accounts_content: 'The pages of an account list offer the accounts that its origin says are available.',
  operation_without_workspace: 'The workspace that a running operation works on stands and waits for it.',
  running_marker: 'What runs, and that alone, is marked as running: the sweep finds it by that.',
  stuck_operation: 'A running operation moves.',
  plan_missing: 'What a running operation has yet to do is in its plan.',
  operation_pause: 'An operation that pauses runs and has tried before, and its times are times.',
  operation_cursor: 'The cursor of an operation is within its plan, and at the end of it once completed.',
  skipped_count: 'An operation counts what its steps left out.',
  effect_without_event: 'Whatever stands came by an event.',
  event_without_effect: 'What events tell of stands.',
  event_reference:
    'An event stands once in the list of each workspace and lineage that it says, and in no other.',
  last_event: 'The last event that a workspace remembers is no later than the events that it has.',
  misplaced_item: 'An item stands under the keys that its own fields make.',
  index_entry: 'An item stands on the index where its own fields say, and only there.',
  must_not_expire: 'Only what is meant to expire has a time to live.',
  unreadable_item: 'An item has the shape that the code reads.',
  unknown_item: 'Everything in the table is of a kind that the code knows.',
} as const;

/** The name of one. */
export type Invariant = keyof typeof invariants;

/** What a check has found within one organization; `subject` is an id, or the masked key of an item. */
export type Finding = { invariant: Invariant; subject: string; detail: string };

/** Without an organization: an item that belongs to none. */
export type Violation = Finding & { organizationId?: string };

/** By organization, invariant and subject: two runs on one table print the same. */
export function sorted(violations: readonly Violation[]): Violation[] {
  const placed = violations.map((violation) => ({ violation, place: placeOf(violation) }));
  return placed
    .sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0))
    .map(({ violation }) => violation);
}

/** What both runs found, as the second found it: what one of them saw half of a write of is gone. */
export function inBoth(first: readonly Violation[], second: readonly Violation[]): Violation[] {
  const known = new Set(first.map(placeOf));
  return second.filter((violation) => known.has(placeOf(violation)));
}

function placeOf({ organizationId = '', invariant, subject }: Violation): string {
  return `${organizationId}\n${invariant}\n${subject}`;
}
