import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { CannotStart } from './cannotStart.ts';
import { readJson, unreadable, writeJson } from './files.ts';

const keyBytes = 32;
const key = z.string().check(z.refine((text) => Buffer.from(text, 'base64').length === keyBytes));
const keyFile = z.object({ credentials: key, mac: key });

/**
 * Stands for the KMS keys: made once, as whatever they sealed can be opened with nothing else. So new ones are made
 * only beside an empty table. Throws `CannotStart` when they are missing beside data, or are no keys.
 */
export async function ensureKeys(path: string, hasData: () => Promise<boolean>): Promise<void> {
  const found = await readJson(path, wayOut);
  if (found !== undefined) {
    const { success, error } = keyFile.safeParse(found);
    if (!success) throw unreadable(path, wayOut, error);
    return;
  }
  if (await hasData()) throw missing(path);
  const newKey = () => randomBytes(keyBytes).toString('base64');
  await writeJson(path, { credentials: newKey(), mac: newKey() });
}

const wayOut =
  'put the file back as it was, or delete the data directory to start with nothing; ' +
  'credentials and open invitation links can be opened by these keys alone';

function missing(path: string): CannotStart {
  return new CannotStart(`${path} is missing, but there is data that its keys have sealed: ${wayOut}.`);
}
