import { DomainError } from '../errors.ts';
import { type AccountSet, includes } from './accountSet.ts';

/**
 * Ordinals that one lineage hands out at most. A set of all of them is 12.5 KB. An origin holds three such sets and a copy
 * one, so the 49 copies that one transaction makes at most stay under 2.5 of its 4 MB, and an origin far under the 400 KB
 * of an item. Ordinals are used again (docs/adr/0015), so only accounts that connections chose by name use them up.
 */
export const mostOrdinals = 100_000;

/** Ordinals that are not taken, the lowest first. Throws `payload_too_large` when there is none left. */
export function* freeOrdinals(taken: AccountSet): Generator<number, never> {
  for (let ordinal = 0; ordinal < mostOrdinals; ordinal++) if (!includes(taken, ordinal)) yield ordinal;
  throw new DomainError(
    'payload_too_large',
    `This connection and its copies have used ${mostOrdinals} different accounts, which is as many as they can remember. Accounts that they know already are still accepted; to bring in new ones, connect the data source again as a new connection.`,
  );
}
