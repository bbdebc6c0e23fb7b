import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';

/** What the stack keeps holds keys and links that open things: readable by its owner alone. */
const mode = 0o600;

/** The JSON value of a file; `undefined` when there is no file. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Replaces a file as one: a crash leaves the old content or the new, never half of it. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  const next = `${path}.next`;
  await writeFile(next, JSON.stringify(value), { mode });
  await rename(next, path);
}

export async function appendLine(path: string, value: unknown): Promise<void> {
  await appendFile(path, `${JSON.stringify(value)}\n`, { mode });
}

/** The values of a file of JSON lines, oldest first. A line that a crash cut off is not one. */
export async function readLines(path: string): Promise<unknown[]> {
  const lines = ((await readText(path)) ?? '').split('\n');
  return lines.flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** Makes the file, and ends a line that a crash cut off, so that the next one does not join it. */
export async function prepareLines(path: string): Promise<void> {
  const text = (await readText(path)) ?? '';
  await appendFile(path, text === '' || text.endsWith('\n') ? '' : '\n', { mode });
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
