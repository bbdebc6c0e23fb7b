import * as z from 'zod/mini';

/** Account ids of a selection, as a client sends them. */
export const AccountIds = z
  .array(z.string().check(z.minLength(1), z.maxLength(128)))
  .check(
    z.maxLength(10_000),
    z.refine((ids) => new Set(ids).size === ids.length, 'has an id twice'),
  )
  .register(z.globalRegistry, { uniqueItems: true });
