import * as z from 'zod/mini';
import { readJson, unreadable, writeJson } from './files.ts';

const stored = z.object({
  streamArn: z.string(),
  shards: z.record(
    z.string(),
    z.object({ after: z.optional(z.string()), finished: z.optional(z.boolean()) }),
  ),
});

const wayOut = 'delete it; mails and events of the last writes may then be delivered once more';

export type Position = { after?: string; finished?: boolean };

/** How far the stream has been worked off, shard by shard. */
export type Checkpoint = {
  position(shardId: string): Position;
  /** Written at once: what was not written is delivered again after a crash, which is at least once. */
  move(shardId: string, position: Position): Promise<void>;
};

/** A checkpoint of another stream counts for nothing: its table is gone. */
export async function openCheckpoint(path: string, streamArn: string): Promise<Checkpoint> {
  const found = z.nullable(stored).safeParse((await readJson(path, wayOut)) ?? null);
  if (!found.success) throw unreadable(path, wayOut, found.error);
  const shards = new Map<string, Position>(
    found.data?.streamArn === streamArn ? Object.entries(found.data.shards).map(positionOf) : [],
  );
  return {
    position: (shardId) => shards.get(shardId) ?? {},
    async move(shardId, position) {
      shards.set(shardId, position);
      await writeJson(path, { streamArn, shards: Object.fromEntries(shards) });
    },
  };
}

function positionOf([shardId, { after, finished }]: [string, z.output<typeof stored>['shards'][string]]): [
  string,
  Position,
] {
  return [shardId, { ...(after !== undefined && { after }), ...(finished && { finished }) }];
}
