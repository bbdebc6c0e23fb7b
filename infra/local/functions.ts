import type { Writable } from 'node:stream';
import { Worker } from 'node:worker_threads';

/** One invocation, on its way to the thread. Events and results travel as JSON, as they do to and from Lambda. */
export type Call = { id: number; name: string; event: string; timeoutMilliseconds: number };
export type Reply = { id: number; result: string } | { id: number; failure: string };

/** What the thread says. */
export type Message = Reply | 'storage failed';

/** Function name → URL of the module that exports its `handler`. */
export type FunctionModules = Readonly<Record<string, string>>;

/** What the thread is started with. */
export type ThreadData = { modules: FunctionModules };

export type Functions = {
  /** Resolves with what the handler returned. Rejects with `FunctionFailure` or `FunctionTimeout`. */
  invoke(name: string, event: unknown, timeoutMilliseconds: number): Promise<unknown>;
  /** How many calls of the functions to the storage have failed so far: it did not answer, or with a 5xx. */
  storageFailures(): number;
  stop(): Promise<void>;
};

/** The handler threw, or the process that ran it died. */
export class FunctionFailure extends Error {
  override readonly name = 'FunctionFailure';
}

/** Nobody knows what the handler has done by now, or will still do. */
export class FunctionTimeout extends Error {
  override readonly name = 'FunctionTimeout';
}

type Waiting = { resolve(result: unknown): void; reject(error: Error): void };

/**
 * Runs the Lambda handlers in a thread of their own, as Lambda runs them in a process of their own: with nothing but
 * their environment, their output apart, and a crash takes down only what was under way; the next call starts afresh.
 */
export function startFunctions(options: {
  modules: FunctionModules;
  environment: NodeJS.ProcessEnv;
  output: Writable;
}): Functions {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let calls = 0;
  let storageFailures = 0;
  let stopped = false;

  const start = (): Worker => {
    const worker = new Worker(new URL('./functionThread.ts', import.meta.url), {
      workerData: { modules: options.modules } satisfies ThreadData,
      env: options.environment,
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    worker.stdout.pipe(options.output, { end: false });
    worker.stderr.pipe(options.output, { end: false });
    worker.on('message', (message: Message) => {
      if (message === 'storage failed') storageFailures += 1;
      else settle(waiting, message);
    });
    worker.on('error', (cause) => options.output.write(`the functions crashed: ${String(cause)}\n`));
    worker.on('exit', () => {
      thread = undefined;
      for (const { reject } of waiting.values()) reject(new FunctionFailure('the functions crashed'));
      waiting.clear();
    });
    return worker;
  };

  return {
    async invoke(name, event, timeoutMilliseconds) {
      if (stopped) throw new FunctionFailure('the functions have been stopped');
      const id = calls++;
      thread ??= start();
      thread.postMessage({ id, name, event: JSON.stringify(event), timeoutMilliseconds } satisfies Call);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new FunctionTimeout(`${name} took longer than ${timeoutMilliseconds} ms`));
        }, timeoutMilliseconds);
        waiting.set(id, {
          resolve: (result) => [clearTimeout(timer), resolve(result)],
          reject: (error) => [clearTimeout(timer), reject(error)],
        });
      });
    },
    storageFailures: () => storageFailures,
    async stop() {
      stopped = true;
      await thread?.terminate();
    },
  };
}

function settle(waiting: Map<number, Waiting>, reply: Reply): void {
  const call = waiting.get(reply.id);
  waiting.delete(reply.id);
  if ('failure' in reply) call?.reject(new FunctionFailure(reply.failure));
  else call?.resolve(JSON.parse(reply.result));
}
