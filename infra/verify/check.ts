import type { Item } from '../../domain/table/client.ts';
import type { Finding } from './invariant.ts';
import type { KindName, Tenant } from './tenant.ts';

/** One kind of item: which keys are its, and what becomes of an item that has them. */
export type Kind = {
  name: KindName;
  /** Of partition and sort key with a space between; its groups are given to `read`. */
  at: RegExp;
  mayExpire?: (item: Item) => boolean;
  /** Throws what is wrong with the item's shape. */
  read: (item: Item, ids: Ids) => Reading;
};

/** The organization, and the groups of the pattern in their order. */
export type Ids = { orgId: string; groups: readonly string[] };

/** The keys that an item should stand under, made from its own fields, and how its facts are kept. */
export type Reading = { keys: Item; keep: (tenant: Tenant) => void };

/** One look at an organization. It is not taken while an item of a kind that it needs could not be read. */
export type Check = {
  needs: readonly KindName[];
  find: (tenant: Tenant, at: Judged) => Iterable<Finding>;
};

/** When the table is judged, in epoch milliseconds, and how long a running operation may rest. */
export type Judged = { now: number; stuckMilliseconds: number };

/** The finding that a counter is not the number of what it counts. */
export function* miscounted(
  invariant: Finding['invariant'],
  subject: string,
  counter: number,
  counted: number,
): Generator<Finding> {
  if (counter !== counted) yield { invariant, subject, detail: `counts ${counter}, there are ${counted}` };
}
