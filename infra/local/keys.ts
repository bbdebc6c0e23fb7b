import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileKeyring } from '../../domain/secrets/fileKeyring.ts';
import { CannotStart } from './cannotStart.ts';
import { unreadable, writeJson } from './files.ts';

/**
 * Stands for the KMS keys: made once, as whatever they sealed can be opened with nothing else. So new ones are made
 * only beside an empty table. Throws `CannotStart` when they are missing beside data, or are no keys.
 */
export async function ensureKeys(path: string, hasData: () => Promise<boolean>): Promise<void> {
  if (!existsSync(path)) {
    if (await hasData()) throw missing(path);
    await writeJson(path, {
      credentials: randomBytes(32).toString('base64'),
      mac: randomBytes(32).toString('base64'),
    });
  }
  try {
    const keys = fileKeyring(path);
    await Promise.all([keys.newDataKey({}), keys.mac('')]);
  } catch (cause) {
    throw unreadable(path, wayOut, cause);
  }
}

const wayOut =
  'put the file back as it was, or delete the data directory to start with nothing; ' +
  'credentials and open invitation links can be opened by these keys alone';

function missing(path: string): CannotStart {
  return new CannotStart(`${path} is missing, but there is data that its keys have sealed: ${wayOut}.`);
}
