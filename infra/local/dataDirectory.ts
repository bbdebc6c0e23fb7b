import { mkdir, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { prepareLines, rotate } from './files.ts';
import { claim } from './lock.ts';
import { makeMemoryDirectory, removeLeftMemoryDirectories } from './memoryDirectory.ts';

/** Where a local stack keeps its things. */
export type DataDirectory = {
  /** The database file. */
  table: string;
  keys: string;
  issuer: string;
  mailbox: string;
  events: string;
  checkpoint: string;
  deadLetters: string;
  log: string;
  /** Begins new files for what has grown large, so that they never fill the disk. */
  rotate(): Promise<void>;
  close(): Promise<void>;
};

/** The largest a log, the mailbox or the events may become; one older file of each is kept. */
const maximumFileBytes = 16 * 1024 * 1024;

/** Opens the directory for one stack at a time. `:memory:` gives a temporary one, which goes at close. */
export async function openDataDirectory(dataDir: string): Promise<DataDirectory> {
  const inMemory = dataDir === ':memory:';
  // What can't be taken away keeps nobody from starting.
  await removeLeftMemoryDirectories().catch(() => undefined);
  const root = inMemory ? await makeMemoryDirectory() : await madeDirectory(resolve(dataDir));
  const release = await claim(root);
  const at = (name: string) => join(root, name);
  const directory: DataDirectory = {
    table: at('table.db'),
    keys: at('keys.json'),
    issuer: at('issuer.json'),
    mailbox: at('mailbox.jsonl'),
    events: at('events.jsonl'),
    checkpoint: at('stream.json'),
    deadLetters: at('dead-letters.jsonl'),
    log: at('stack.log'),
    async rotate() {
      const growing = [directory.mailbox, directory.events, directory.log];
      await Promise.all(growing.map((path) => rotate(path, maximumFileBytes)));
    },
    async close() {
      release();
      if (inMemory) await rm(root, { recursive: true, force: true });
    },
  };
  try {
    await directory.rotate();
    const lines = [directory.mailbox, directory.events, directory.deadLetters, directory.log];
    await Promise.all(lines.map((path) => prepareLines(path)));
    return directory;
  } catch (error) {
    await directory.close();
    throw error;
  }
}

/** By its real path, so that it is the same directory by whatever way it is called. */
async function madeDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}
