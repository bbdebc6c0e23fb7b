import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Target, throughDoors } from './target.ts';

/** A local stack in a process of its own with its data on disk, for killing it and starting it again. */
export type ProcessTarget = Target & {
  /** SIGKILL: no last word, no last write. */
  kill(): Promise<void>;
  /** On the same data and the same port. */
  start(): Promise<void>;
  /** Everything that its database has on disk. */
  stored(): Promise<Buffer>;
};

const script = fileURLToPath(new URL('../../infra/local/start.ts', import.meta.url));

export async function openProcess(): Promise<ProcessTarget> {
  const directory = await mkdtemp(join(tmpdir(), 'e2e-'));
  const env = {
    ...process.env,
    DATA_DIR: directory,
    PORT: String(await freePort()),
    npm_lifecycle_event: undefined,
  };
  const printed: string[] = [];
  let child: ChildProcess;
  const start = async () => {
    child = spawn(process.execPath, [script, '--empty'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    await ready(child, printed);
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  };
  await start();
  const url = `http://localhost:${env.PORT}`;
  return {
    ...throughDoors(url, url),
    isDeployed: false,
    start,
    kill: () => end('SIGKILL'),
    log: async () => `${printed.join('\n')}\n${await readFile(join(directory, 'stack.log'), 'utf8')}`,
    async stored() {
      const files = (await readdir(directory)).filter((name) => name.startsWith('table.db'));
      return Buffer.concat(await Promise.all(files.map((name) => readFile(join(directory, name)))));
    },
    async close() {
      await end('SIGTERM');
      await rm(directory, { recursive: true });
    },
  };
}

/** Resolves at the line that says it is ready; rejects when the process ends instead. */
async function ready(child: ChildProcess, printed: string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    for (const output of [child.stdout, child.stderr])
      if (output)
        createInterface({ input: output }).on('line', (line) => {
          printed.push(line);
          if (line.startsWith('ready ')) resolve();
        });
    child.once('exit', (code) => reject(new Error(`The stack ended with ${code}: ${printed.join('\n')}`)));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
