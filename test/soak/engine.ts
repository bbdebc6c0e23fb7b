import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { freePort, installedBinary } from '../../infra/local/dynoxide.ts';
import { openStorageProxy, type StorageFault } from '../support/storageProxy.ts';

/*
 * Stands for the embedded DynamoDB: takes its command line, runs the real one behind a proxy, and spoils calls as the
 * file `SOAK_FAULT` says. Ends with it, as it does.
 */

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    host: { type: 'string' },
    port: { type: 'string', default: '0' },
    'db-path': { type: 'string', default: '' },
  },
});
const [faultFile = '', pidFile = '', countFile = ''] = [
  process.env.SOAK_FAULT,
  process.env.SOAK_PIDS,
  process.env.SOAK_INJECTED,
];

const enginePort = await freePort();
const engine = spawn(
  installedBinary(),
  ['serve', '--host', '127.0.0.1', '--port', String(enginePort), '--db-path', values['db-path']],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
engine.once('exit', (code, signal) => process.exit(signal ? 137 : (code ?? 1)));
process.once('SIGTERM', () => engine.kill('SIGTERM'));
await answering(`http://127.0.0.1:${enginePort}`);

const proxy = await openStorageProxy(`http://127.0.0.1:${enginePort}`, Number(values.port));
writeFileSync(pidFile, JSON.stringify([process.pid, engine.pid]));

let asked = '';
let counted = 0;
setInterval(() => {
  const now = readFileSync(faultFile, 'utf8');
  if (now === asked) return;
  asked = now;
  proxy.setFault(now === '' ? undefined : (JSON.parse(now) as StorageFault));
  appendFileSync(countFile, `${proxy.injected() - counted}\n`);
  counted = proxy.injected();
}, 50);

async function answering(url: string): Promise<void> {
  for (const end = performance.now() + 8_000; performance.now() < end; ) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Nothing answers at ${url}.`);
}
