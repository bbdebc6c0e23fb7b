import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart } from './cannotStart.ts';
import { type Engine, type EngineOptions, startEngine } from './dynoxide.ts';

export type KeptEngine = {
  /** The same through all restarts. */
  endpoint: string;
  /** Resolves, with a sentence, when the engine can't be started again. */
  failed: Promise<string>;
  stop(): Promise<void>;
};

const firstPauseMilliseconds = 100;
const longestPauseMilliseconds = 5_000;
const maximumFailures = 6;

/** An engine that has run for so long is in order: what killed the one before is over. */
const steadyMilliseconds = 5_000;

/** Starts the embedded DynamoDB, and starts it again on the same data and at the same address whenever it dies. */
export async function keepEngine(options: EngineOptions, log: (line: string) => void): Promise<KeptEngine> {
  let engine = await startEngine(options);
  const { endpoint, port } = engine;
  const stopping = new AbortController();
  let starting: Promise<Engine> | undefined;

  const startAgain = async (): Promise<string> => {
    starting = startEngine({ ...options, port });
    try {
      engine = await starting;
      log('The embedded DynamoDB is back.');
      return await engine.ended;
    } catch (cause) {
      if (cause instanceof CannotStart) return cause.message;
      throw cause;
    }
  };
  const keep = async (): Promise<string> => {
    let lastWords = await engine.ended;
    let startedAt = Number.NEGATIVE_INFINITY;
    for (let failures = 0; failures < maximumFailures; failures++) {
      if (performance.now() - startedAt > steadyMilliseconds) failures = 0;
      const wait = Math.min(longestPauseMilliseconds, firstPauseMilliseconds * 2 ** failures);
      if (!stopping.signal.aborted)
        log(`The embedded DynamoDB has ended (${lastWords}). It is started again in ${wait} ms.`);
      await pause(wait, undefined, { signal: stopping.signal });
      startedAt = performance.now();
      lastWords = await startAgain();
    }
    return `The embedded DynamoDB has ended and can't be started again: ${lastWords}`;
  };
  const failed = new Promise<string>((resolve) => {
    keep().then(resolve, (cause: unknown) => stopping.signal.aborted || resolve(String(cause)));
  });

  return {
    endpoint,
    failed,
    async stop() {
      stopping.abort();
      await starting?.catch(() => undefined);
      await engine.stop();
    },
  };
}
