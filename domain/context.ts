import type { NewId, OrgId, UserId } from './ids.ts';
import type { Keyring } from './secrets/keyring.ts';
import type { Table } from './table/client.ts';
import type { Idempotency } from './table/idempotency.ts';
import type { Meter } from './table/meter.ts';

/** A login with a verified email that acts outside any organization: accepting an invitation. */
export type Person = { kind: 'person'; login: string; email: string | undefined; name: string | undefined };

/** Somebody acting in the organization that their token names. */
export type UserActor = { kind: 'user'; orgId: OrgId; userId: UserId; login: string; email: string };

export type SupportActor = { kind: 'support'; id: string };
export type ServiceActor = { kind: 'service'; id: string };
export type Anyone = { kind: 'anyone' };

export type Actor = Person | UserActor | SupportActor | ServiceActor | Anyone;

/** Goes first into every domain function. Nothing is global: clock, ids, chance and storage come from here. */
export type Context<A extends Actor = Actor> = {
  actor: A;
  table: Table;
  keys: Keyring;
  newId: NewId;
  now: () => Date;
  /** 0 ≤ x < 1, for jitter. */
  random: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** Epoch milliseconds after which nothing is tried again. */
  deadline: number;
  /** Counts what is asked of the table, for metrics. */
  meter: Meter;
  idempotency: Idempotency | undefined;
};

export type UserContext = Context<UserActor>;
export type PersonContext = Context<Person>;
export type SupportContext = Context<SupportActor>;
export type ServiceContext = Context<ServiceActor>;

/** Now, as stored and sent: ISO 8601 UTC. */
export function timestamp(ctx: Pick<Context, 'now'>): string {
  return ctx.now().toISOString();
}
