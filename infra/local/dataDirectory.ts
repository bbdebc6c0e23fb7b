import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareLines, readJson, writeJson } from './files.ts';
import { claim } from './lock.ts';

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
  close(): Promise<void>;
};

/** Opens the directory for one stack at a time. `:memory:` gives a temporary one, which goes at close. */
export async function openDataDirectory(dataDir: string): Promise<DataDirectory> {
  const inMemory = dataDir === ':memory:';
  const root = inMemory ? await mkdtemp(join(tmpdir(), 'workspaces-local-')) : resolve(dataDir);
  await mkdir(root, { recursive: true, mode: 0o700 });
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
    async close() {
      await release();
      if (inMemory) await rm(root, { recursive: true, force: true });
    },
  };
  await Promise.all([
    prepareLines(directory.mailbox),
    prepareLines(directory.events),
    prepareLines(directory.deadLetters),
    ensureKeys(directory.keys),
  ]);
  return directory;
}

/** Stands for the KMS keys: made once, as whatever they sealed can be opened with nothing else. */
async function ensureKeys(path: string): Promise<void> {
  if ((await readJson(path)) !== undefined) return;
  await writeJson(path, {
    credentials: randomBytes(32).toString('base64'),
    mac: randomBytes(32).toString('base64'),
  });
}
