import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'workspaces-local-';

/** A temporary directory that says whose it is. */
export function makeMemoryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
}

/** Removes what stacks in memory left behind that had no time to: those of this user whose process is dead. */
export async function removeLeftMemoryDirectories(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = /^workspaces-local-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(tmpdir(), name);
    // Somebody else may remove it at the same time.
    const { uid } = await stat(path).catch(() => ({ uid: undefined }));
    if (uid === process.getuid?.()) await rm(path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else cannot be asked, and lives.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
