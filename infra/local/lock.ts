import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart } from './cannotStart.ts';

/** How long a stack whose npm was killed may take to notice and to stop. */
const patienceMilliseconds = 3_000;

/**
 * Two stacks on one directory would deliver every stream record twice and race for the checkpoint, so a stack holds a
 * lock on a file in it while it lives. It belongs to the file, by whatever path the directory is called, and the system
 * takes it away at any kind of death: no lock is ever left behind. Gives the function that lets go.
 */
export async function claim(root: string): Promise<() => void> {
  const holder = join(root, 'stack.pid');
  for (const end = performance.now() + patienceMilliseconds; ; await pause(50)) {
    const release = locked(join(root, 'stack.lock'));
    if (release) {
      writeFileSync(holder, String(process.pid), { mode: 0o600 });
      return release;
    }
    if (performance.now() < end) continue;
    throw new CannotStart(
      `Another local stack (process ${textOf(holder)}) uses ${root}: stop it, or set DATA_DIR to another directory.`,
    );
  }
}

/** SQLite's own lock, which is there on every system. */
function locked(path: string): (() => void) | undefined {
  const file = new DatabaseSync(path);
  try {
    file.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    return () => file.close();
  } catch (error) {
    file.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return undefined;
    throw error;
  }
}

/** https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5;

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'unknown';
  }
}
