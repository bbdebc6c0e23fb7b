import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart } from './cannotStart.ts';

export type Engine = {
  endpoint: string;
  port: number;
  /** Resolves when the engine has ended, whoever ended it, with its last words. */
  ended: Promise<string>;
  stop(): Promise<void>;
};

export type EngineOptions = {
  /** The database file; without it everything stays in memory. */
  dbPath?: string;
  /** Another binary than the installed one. */
  binary?: string | undefined;
  /** Where to listen, if that must be the same as before; else a free one. */
  port?: number;
};

const wayOut = 'Set DYNAMODB_ENDPOINT to use another DynamoDB, such as DynamoDB Local.';

/**
 * Starts the embedded DynamoDB on a free port of 127.0.0.1 and waits until it answers.
 * Between finding the port and listening somebody else may take it, so a start that fails is tried on other ports.
 */
export async function startEngine({ dbPath, binary: other, port }: EngineOptions = {}): Promise<Engine> {
  const binary = other ?? installedBinary();
  const attempts = port === undefined ? 3 : 1;
  for (let attempt = 1; ; attempt++) {
    const engine = await launch(binary, port ?? (await freePort()), dbPath);
    const lastWords = await Promise.race([answering(engine.endpoint), engine.ended]);
    if (lastWords === undefined) return engine;
    await engine.stop();
    if (attempt === attempts) {
      const file = dbPath === undefined ? '' : ` on ${dbPath}`;
      throw new CannotStart(`${binary} does not start${file}: ${lastWords}. ${wayOut}`);
    }
  }
}

/** The engine that came with the dependencies. */
export function installedBinary(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/dynoxide`);
  } catch (cause) {
    throw new CannotStart(
      `The embedded DynamoDB is not installed: there is no optional package ${name}. ${wayOut}`,
      { cause },
    );
  }
}

/**
 * A shell stands between: when this process dies, even by kill -9, the pipe to it closes, its `read` returns and it
 * ends the engine. So no engine is left behind that holds the database or serves it to nobody. (Its own last words may
 * have nobody to read them any more: hence the trap.)
 */
const guard = `
exec 3<&0
"$@" </dev/null 3<&- & engine=$!
trap '' PIPE
{ read -r _; kill $engine; sleep 3; kill -9 $engine; } <&3 2>/dev/null & watch=$!
exec 3<&-
wait $engine; status=$?
kill $watch
exit $status`;

async function launch(binary: string, port: number, dbPath: string | undefined): Promise<Engine> {
  const command = [binary, 'serve', '--host', '127.0.0.1', '--port', String(port)];
  if (dbPath !== undefined) command.push('--db-path', dbPath);
  // In a process group of its own: Ctrl-C must not reach the engine before the last writes have.
  const child = spawn('/bin/sh', ['-c', guard, 'sh', ...command], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let lastWords = '';
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-2_000);
  });
  child.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => {
      // What it says when all is well explains no end.
      const words = lastWords.split('\n').filter((line) => line !== '' && !line.includes(' listening on '));
      resolve(words.at(-1) ?? `it ended with ${signal ?? code}`);
    });
    child.once('exit', () => killGroup(child));
  });
  return { endpoint: `http://127.0.0.1:${port}`, port, ended, stop: () => stop(child, ended) };
}

/** SIGTERM, by closing the pipe; SIGKILL when that is not heard. */
async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.stdin?.end();
  const timer = setTimeout(() => killGroup(child), 5_000);
  await ended;
  clearTimeout(timer);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group: what was wanted.
  }
}

/** `undefined` as soon as something answers there, or a sentence when nothing does for ten seconds. */
async function answering(endpoint: string): Promise<string | undefined> {
  for (const end = Date.now() + 10_000; Date.now() < end; await pause(5)) {
    try {
      await fetch(endpoint);
      return undefined;
    } catch {
      // Not yet.
    }
  }
  return 'it did not answer within ten seconds';
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
