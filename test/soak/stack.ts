import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../infra/local/dynoxide.ts';
import type { StorageFault } from '../support/storageProxy.ts';

/** A local stack in a process of its own, with an engine behind a proxy, to be hurt and started again. */
export type SoakedStack = {
  url: string;
  directory: string;
  dataDir: string;
  setFault(fault: StorageFault | undefined): Promise<void>;
  kill(what: 'engine' | 'node' | 'everything'): Promise<void>;
  /** After a kill that ended the stack: on the same data and the same port. */
  startAgain(): Promise<void>;
  /** Whether it has ended by itself, and its last words. */
  ended(): string | undefined;
  stop(): Promise<void>;
  /** How many calls to the storage were spoiled. */
  injected(): Promise<number>;
  /** Where its engine answers, past the proxy and after `stop`: nowhere. */
  table: string;
  remove(): Promise<void>;
};

const start = fileURLToPath(new URL('../../infra/local/start.ts', import.meta.url));
const engine = fileURLToPath(new URL('./engine.ts', import.meta.url));

export async function openStack(): Promise<SoakedStack> {
  const directory = await mkdtemp(join(tmpdir(), 'soak-'));
  const at = (name: string) => join(directory, name);
  const port = await freePort();
  const env = {
    ...process.env,
    DATA_DIR: at('data'),
    PORT: String(port),
    DYNOXIDE: at('dynoxide'),
    SOAK_FAULT: at('fault.json'),
    SOAK_PIDS: at('pids.json'),
    SOAK_INJECTED: at('injected.txt'),
    POWERTOOLS_METRICS_DISABLED: 'true',
    npm_lifecycle_event: undefined,
  };
  await writeFile(env.DYNOXIDE, `#!/bin/sh\nexec '${process.execPath}' '${engine}' "$@"\n`);
  await chmod(env.DYNOXIDE, 0o700);
  await Promise.all([env.SOAK_FAULT, env.SOAK_INJECTED].map((path) => writeFile(path, '')));
  const printed: string[] = [];
  let child: ChildProcess | undefined;
  const startAgain = async () => {
    child = spawn(process.execPath, [start, '--empty'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    await ready(child, printed);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!child || hasEnded(child)) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  const enginePids = async () => JSON.parse(await readFile(env.SOAK_PIDS, 'utf8')) as [number, number];
  await startAgain();
  return {
    url: `http://localhost:${port}`,
    directory,
    dataDir: env.DATA_DIR,
    table: join(env.DATA_DIR, 'table.db'),
    startAgain,
    setFault: (fault) => writeFile(env.SOAK_FAULT, fault ? JSON.stringify(fault) : ''),
    async kill(what) {
      const [proxyPid, enginePid] = await enginePids();
      if (what !== 'engine') await end('SIGKILL');
      if (what === 'everything') killed(proxyPid);
      if (what !== 'node') killed(enginePid);
    },
    ended: () => (child && hasEnded(child) ? printed.slice(-5).join('\n') : undefined),
    stop: () => end('SIGTERM'),
    async injected() {
      const counts = (await readFile(env.SOAK_INJECTED, 'utf8')).split('\n');
      return counts.reduce((sum, count) => sum + Number(count), 0);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null;

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended already: what was wanted.
  }
}

async function ready(child: ChildProcess, printed: string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    for (const output of [child.stdout, child.stderr])
      if (output)
        createInterface({ input: output }).on('line', (line) => {
          printed.push(line);
          if (line.startsWith('ready ')) resolve();
        });
    child.once('exit', (code) => reject(new Error(`The stack ended with ${code}: ${printed.at(-1)}`)));
  });
}
