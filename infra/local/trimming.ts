import { DatabaseSync } from 'node:sqlite';
import { CannotStart } from './cannotStart.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Takes what has been handled out of the engine's stream. DynamoDB forgets records after a day; the engine keeps them and
 * looks through all of them at every write, so that each write would be slower than the one before. The last record
 * stays: the next one is numbered after it.
 */
export function trimming(checkpoint: Checkpoint, database: string): Checkpoint & { close(): void } {
  const db = opened(database);
  db.exec('PRAGMA busy_timeout = 5000');
  const trim = db.prepare(
    'DELETE FROM _stream_records WHERE CAST(sequence_number AS INTEGER) < CAST(? AS INTEGER)',
  );
  return {
    position: checkpoint.position,
    async move(shardId, position) {
      await checkpoint.move(shardId, position);
      if (position.after !== undefined) trim.run(position.after);
    },
    close: () => db.close(),
  };
}

function opened(database: string): DatabaseSync {
  try {
    return new DatabaseSync(database);
  } catch (cause) {
    throw new CannotStart(`${database} can't be opened: ${String(cause)}.`, { cause });
  }
}
