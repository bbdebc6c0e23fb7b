/**
 * The one table: names shared by the runtime, the CDK code and the local stack.
 * Keys are composed in each noun's `*.item.ts`; `docs/data-model.md` lists the access patterns.
 */
export const keys = { partition: 'pk', sort: 'sk' } as const;

/** The one index. Eventually consistent: it finds candidates, never decides. */
export const index = { name: 'gsi1', partition: 'gsi1pk', sort: 'gsi1sk' } as const;

/** Time to live, epoch seconds. Items past it may still be there: compare the time when reading. */
export const timeToLive = 'expiresAtSeconds';

/** What a stream record carries. */
export const streamView = 'NEW_AND_OLD_IMAGES';
