import { appendFile, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { CannotStart, explained } from './cannotStart.ts';

/** What the stack keeps holds keys and links that open things: readable by its owner alone. */
const mode = 0o600;

/** The JSON value of a file; `undefined` when there is no file. `wayOut`: what to do when it is no JSON. */
export async function readJson(path: string, wayOut: string): Promise<unknown> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable(path, wayOut, cause);
  }
}

export function unreadable(path: string, wayOut: string, cause: unknown): CannotStart {
  return new CannotStart(`${path} can't be read, as it is not what the stack wrote: ${wayOut}.`, { cause });
}

/** Replaces a file as one: a crash leaves the old content or the new, never half of it. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await replaceFile(path, JSON.stringify(value));
}

async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.next`;
  await naming(next, writeFile(next, text, { mode }));
  await naming(path, rename(next, path));
}

export async function appendLine(path: string, value: unknown): Promise<void> {
  await naming(path, appendFile(path, `${JSON.stringify(value)}\n`, { mode }));
}

/** The values of a file of JSON lines, oldest first. A line that is not JSON, as a crash leaves one, is passed over. */
export async function readLines(path: string): Promise<unknown[]> {
  return valuesIn((await readText(path)) ?? '');
}

/** The same of the last lines of a file and of the one that was rotated before it, as many as have so many bytes. */
export async function readLastLines(path: string, maximumBytes: number): Promise<unknown[]> {
  const newest = await readEnd(path, maximumBytes);
  const left = maximumBytes - Buffer.byteLength(newest);
  const older = left > 0 ? await readEnd(rotatedOf(path), left) : '';
  return [...valuesIn(older), ...valuesIn(newest)];
}

function valuesIn(text: string): unknown[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line)];
    } catch {
      return [];
    }
  });
}

/** The end of a file, from the start of a line on. */
async function readEnd(path: string, maximumBytes: number): Promise<string> {
  const file = await unlessMissing(naming(path, open(path)));
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - maximumBytes);
    const reading = file.read({ buffer: Buffer.alloc(size - start), position: start });
    const { buffer, bytesRead } = await naming(path, reading);
    const text = buffer.toString('utf8', 0, bytesRead);
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}

const rotatedOf = (path: string) => `${path}.1`;

/** Begins a new file once this one is large; the one before stays beside it, older ones go. */
export async function rotate(path: string, maximumBytes: number): Promise<void> {
  const found = await unlessMissing(stat(path));
  if (found !== undefined && found.size > maximumBytes) await naming(path, rename(path, rotatedOf(path)));
}

/** Leaves only the lines that are wanted, as one. */
export async function replaceLines(path: string, isWanted: (line: unknown) => boolean): Promise<void> {
  const lines = (await readLines(path)).filter(isWanted).map((line) => `${JSON.stringify(line)}\n`);
  await replaceFile(path, lines.join(''));
}

/** Makes the file, and ends a line that a crash cut off, so that the next one does not join it. */
export async function prepareLines(path: string): Promise<void> {
  const end = await readEnd(path, 1);
  await naming(path, appendFile(path, end === '' || end === '\n' ? '' : '\n', { mode }));
}

function readText(path: string): Promise<string | undefined> {
  return unlessMissing(naming(path, readFile(path, 'utf8')));
}

/** What the file system refuses, in a sentence that names the file. */
async function naming<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explained(error, path);
  }
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
