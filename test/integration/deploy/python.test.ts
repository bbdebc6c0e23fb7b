import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emulatorPrograms, Missing } from '../../deploy/python.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'python-'));
  await mkdir(join(directory, 'bin'));
  vi.stubEnv('PATH', `${join(directory, 'bin')}:/bin:/usr/bin`);
});
afterEach(() => rm(directory, { recursive: true }));

/** A python3 that is found first, and does this. */
async function python3(script: string): Promise<void> {
  const file = join(directory, 'bin', 'python3');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** Makes the directory of a virtual environment with a pip that does this. */
const venvWith = (pip: string) =>
  `[ "$1" = -m ] || exit 0; mkdir -p "$3/bin"; printf '#!/bin/sh\\n${pip}\\n' > "$3/bin/pip"; chmod +x "$3/bin/pip"`;

test.each([
  ['no Python that is recent enough', 'exit 1', /^It needs Python 3\.10 or newer/],
  ['no way to make a virtual environment', '[ "$1" = -m ] && exit 1; exit 0', /^It needs Python’s `venv`/],
  ['no package index', venvWith('exit 1'), /^It needs a package index of Python/],
])('says what is missing when there is %s, and leaves nothing half made', async (_, script, words) => {
  await python3(script);

  const failing = emulatorPrograms(join(directory, 'cache'));

  await expect(failing).rejects.toThrow(words);
  await expect(failing).rejects.toBeInstanceOf(Missing);
  expect(existsSync(join(directory, 'cache')) ? await readdir(join(directory, 'cache')) : []).toEqual([]);
});

test('is made once, and found from then on', async () => {
  await python3(venvWith('exit 0'));
  const programs = await emulatorPrograms(join(directory, 'cache'));
  await python3('exit 1');

  expect(await emulatorPrograms(join(directory, 'cache'))).toBe(programs);
});
