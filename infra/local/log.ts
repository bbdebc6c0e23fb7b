import { appendFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { explained } from './cannotStart.ts';

export type Log = (message: string, cause?: unknown) => void;

export type LogFile = {
  /** What the functions print. */
  output: Writable;
  log: Log;
  /** Resolves, with a sentence, when the log can't be written: the disk is full. */
  failed: Promise<string>;
  close(): Promise<void>;
};

/** A log file that may be renamed at any time: each write opens it by its name. */
export function openLog(path: string): LogFile {
  let fail = (_reason: string) => {};
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });
  const append = (text: string | Uint8Array, done: () => void) => {
    appendFile(path, text, { mode: 0o600 })
      .catch((cause: unknown) => {
        const error = explained(cause, path);
        fail(error instanceof Error ? error.message : String(error));
      })
      .finally(done);
  };
  const output = new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _, done) => append(chunk, done),
    writev: (chunks, done) => append(Buffer.concat(chunks.map(({ chunk }): Buffer => chunk)), done),
  });
  return {
    output,
    log: (message, cause) => output.write(`${message}${cause === undefined ? '' : `: ${inspect(cause)}`}\n`),
    failed,
    close: () => new Promise((resolve) => output.end(() => resolve())),
  };
}
