import { type ShardOptions, shardReader } from './shards.ts';

export type StreamOptions = ShardOptions & { log(message: string, cause: unknown): void };

export type StreamPoller = {
  /** Says that something may have been written, so that it is handled at once and not at the next look. */
  nudge(): void;
  /** Resolves when all that was written before the call has been handled, or after three seconds. */
  caughtUp(): Promise<void>;
  /** Resolves when the batch under way has been handled, or after five seconds. */
  stop(): Promise<void>;
};

const idlePauseMilliseconds = 500;
const failurePauseMilliseconds = 1_000;
const patienceMilliseconds = 3_000;
const stopMilliseconds = 5_000;

/** Feeds the table's stream to the stream handler, as Lambda's event source mapping does. */
export function pollStream(options: StreamOptions): StreamPoller {
  const stopping = new AbortController();
  const reader = shardReader(options, stopping.signal);
  let waiting: (() => void)[] = [];
  let nudged = false;
  let wake = () => {};

  const nudge = () => {
    nudged = true;
    wake();
  };
  const pause = async (milliseconds: number) => {
    if (nudged) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => [clearTimeout(timer), resolve()];
    });
  };

  const look = async () => {
    const served = waiting;
    waiting = [];
    nudged = false;
    try {
      const handled = await reader.read();
      for (const resolve of served) resolve();
      // What was handled may have written what is to be handled next.
      if (handled === 0) await pause(idlePauseMilliseconds);
    } catch (cause) {
      waiting.push(...served);
      if (stopping.signal.aborted) return;
      options.log('the stream could not be read', cause);
      await pause(failurePauseMilliseconds);
    }
  };
  const loop = async () => {
    while (!stopping.signal.aborted) await look();
  };
  const ended = loop();

  return {
    nudge,
    caughtUp: () => {
      const caught = new Promise<void>((resolve) => waiting.push(resolve));
      nudge();
      return within(patienceMilliseconds, caught);
    },
    async stop() {
      stopping.abort();
      nudge();
      await within(stopMilliseconds, ended);
    },
  };
}

function within(milliseconds: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
