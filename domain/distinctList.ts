import * as z from 'zod/mini';

/** A list of so many at most that names each thing once, which the API description tells; whoever takes it holds it. */
export function distinctList<T extends z.ZodMiniType>(item: T, mostItems: number) {
  return z.array(item).check(z.maxLength(mostItems)).register(z.globalRegistry, { uniqueItems: true });
}
