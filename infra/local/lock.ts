import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart } from './cannotStart.ts';

/**
 * Two stacks on one directory would deliver every stream record twice and race for the checkpoint, so a stack listens
 * on a socket in its directory while it lives. The system closes it at any kind of death: no lock is ever left behind.
 * Gives the function that lets go.
 */
export async function claim(root: string): Promise<() => Promise<void>> {
  const holder = await holderOf(root);
  if (holder !== undefined) {
    throw new CannotStart(
      `Another local stack (process ${holder}) uses ${root}: stop it, or set DATA_DIR to another directory.`,
    );
  }
  const socket = socketOf(root);
  await rm(socket, { force: true });
  const server = createServer((connection) => connection.end(String(process.pid)));
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(socket, listening);
  });
  return () => new Promise((closed) => server.close(() => closed()));
}

/** How long a stack whose npm was killed may take to notice and to stop. */
const patienceMilliseconds = 3_000;

/** Waits until no stack has the directory, or patience ends. */
export async function released(root: string): Promise<void> {
  for (const end = Date.now() + patienceMilliseconds; Date.now() < end; await pause(50)) {
    if ((await holderOf(root)) === undefined) return;
  }
}

/** The process that has the directory; `undefined` when none does. */
function holderOf(root: string): Promise<string | undefined> {
  return new Promise((answer) => {
    let said = '';
    const connection = connect(socketOf(root));
    connection.on('data', (chunk) => {
      said += chunk.toString();
    });
    connection.on('end', () => answer(said));
    connection.on('error', () => answer(undefined));
  });
}

/** A socket's path may have about 100 characters: https://man7.org/linux/man-pages/man7/unix.7.html */
function socketOf(root: string): string {
  const path = resolve(root, 'stack.sock');
  const short = relative(process.cwd(), path);
  if (short.length < 100) return short;
  return join(tmpdir(), `workspaces-${createHash('sha256').update(path).digest('hex').slice(0, 16)}.sock`);
}
