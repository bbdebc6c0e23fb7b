import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import type { Consumer } from './consumers.ts';
import { tryBatch } from './delivery.ts';
import { appendLine, readLines, replaceLines } from './files.ts';

export type DeadLetters = {
  /** Puts aside what this consumer could not handle. */
  add(consumer: string, record: DynamoDBRecord): Promise<void>;
  /**
   * Gives every letter to its consumer once more; what is handled now is no letter any more. A call during another gives
   * nothing twice: it ends with that one.
   */
  deliverAgain(): Promise<void>;
};

export type DeadLettersOptions = {
  path: string;
  consumers: readonly Consumer[];
  invoke(consumer: string, records: readonly DynamoDBRecord[]): Promise<unknown>;
  log(message: string, cause?: unknown): void;
};

/** A letter of an older stack does not say whose it is, and its consumer may have another name today. */
const letter = z.looseObject({ consumer: z.optional(z.string()), record: z.looseObject({}) });

/** What no consumer could handle after many tries, in a file, so that nothing is lost for good. */
export function openDeadLetters({ path, consumers, invoke, log }: DeadLettersOptions): DeadLetters {
  let writing: Promise<void> = Promise.resolve();
  const write = (work: () => Promise<void>): Promise<void> => {
    writing = writing.catch(() => undefined).then(work);
    return writing;
  };
  const isHandled = async (line: unknown): Promise<boolean> => {
    const parsed = letter.safeParse(line);
    if (!parsed.success) {
      log(`a line of ${path} is no letter; it is left as it is`);
      return false;
    }
    const { consumer, record } = parsed.data;
    const named = consumers.filter(({ name }) => name === consumer);
    const addressees = named.length > 0 ? named : consumers.filter(({ isFor }) => isFor(record));
    const counts = await Promise.all(
      addressees.map(({ name }) => tryBatch([record], { invoke: (records) => invoke(name, records) })),
    );
    return counts.every(({ handled }) => handled === 1);
  };
  const deliverAll = async () => {
    const gone = new Set<string>();
    for (const line of await readLines(path)) if (await isHandled(line)) gone.add(JSON.stringify(line));
    if (gone.size === 0) return;
    log(`${gone.size} records that had been put aside are handled now`);
    await write(() => replaceLines(path, (line) => !gone.has(JSON.stringify(line))));
  };
  let delivering: Promise<void> | undefined;

  return {
    add(consumer, record) {
      log(`a record was put aside: ${consumer} could not handle ${String(record.dynamodb?.Keys?.sk?.S)}`);
      return write(() => appendLine(path, { at: new Date().toISOString(), consumer, record }));
    },
    deliverAgain() {
      delivering ??= deliverAll().finally(() => {
        delivering = undefined;
      });
      return delivering;
    },
  };
}
