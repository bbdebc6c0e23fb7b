import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { emulatorPrograms } from './python.ts';

export type Emulator = {
  /** For every program that is to meet the emulator, and cannot meet anything else. */
  environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
};

type Running = ChildProcessByStdio<null, Readable, Readable>;

const region = 'eu-central-1';
const nodePrograms = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));

/** Starts an AWS emulator that enforces IAM, on loopback alone. What it writes goes into `directory`. */
export async function startEmulator(directory: string): Promise<Emulator> {
  const programs = await emulatorPrograms();
  const port = await freePort();
  const plain: NodeJS.ProcessEnv = {
    ...withoutAws(process.env),
    // Functions run on the Node that is found first.
    PATH: `${nodePrograms}:${process.env.PATH}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  };
  const child = spawn(join(programs, 'ministack'), {
    cwd: directory,
    env: {
      ...plain,
      AUTH: 'true',
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      MINISTACK_REGION: region,
      MINISTACK_COGNITO_PRETOKEN_STRICT: '1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      STATE_DIR: join(directory, 'state'),
      TMPDIR: directory,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = createWriteStream(join(directory, 'emulator.log'));
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output, { end: false });
  await ready(child);
  return {
    environment: {
      ...plain,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
    stop: () => end(child),
  };
}

/** No profile, role or endpoint of whoever runs this: a mistake here must not reach an account. */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

async function ready(child: Running): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        if (line.includes('Running on http://')) resolve();
      });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The emulator ended with ${code}: see emulator.log.`)));
  });
}

async function end(child: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || !address) throw new Error('There is no free port.');
  return address.port;
}
