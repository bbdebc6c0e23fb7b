import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('requirements.txt', import.meta.url));
const kept = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));

/** What the machine lacks, said in one line. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

/** The programs of a virtual environment with the emulator, which is made at the first call and kept. Throws `Missing`. */
export async function emulatorPrograms(cache = kept): Promise<string> {
  const text = await readFile(requirements, 'utf8');
  const directory = join(cache, `emulator-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`);
  const programs = join(directory, 'bin');
  if (existsSync(join(directory, 'complete'))) return programs;
  await rm(directory, { recursive: true, force: true });
  await make(directory).catch(async (cause) => {
    await rm(directory, { recursive: true, force: true });
    throw cause;
  });
  return programs;
}

async function make(directory: string): Promise<void> {
  const isRecent = ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'];
  await run('python3', isRecent).catch((cause) => {
    throw new Missing('It needs Python 3.10 or newer as `python3`.', { cause });
  });
  await run('python3', ['-m', 'venv', directory]).catch((cause) => {
    throw new Missing('It needs Python’s `venv` (on Debian: python3-venv).', { cause });
  });
  await run(join(directory, 'bin', 'pip'), ['install', '--quiet', '--requirement', requirements]).catch(
    (cause) => {
      throw new Missing('It needs a package index of Python: the emulator could not be installed.', {
        cause,
      });
    },
  );
  await run('touch', [join(directory, 'complete')]);
}
