import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command } from './command.ts';
import { startEmulator } from './emulator.ts';
import { Missing } from './python.ts';

/*
 * `npm run test:deploy`: deploys the dev environment with the CDK CLI into a local AWS emulator, meets it with the
 * end-to-end suite, and takes it down again. What meets the emulator is a process of its own, in whose environment
 * there is no other AWS. Arguments choose files of the suite: `npm run test:deploy -- story`.
 */
const directory = await mkdtemp(join(tmpdir(), 'deploy-'));
try {
  const emulator = await startEmulator(directory);
  try {
    const deployment = fileURLToPath(new URL('deployment.ts', import.meta.url));
    await command(process.execPath, [deployment, directory, ...process.argv.slice(2)], emulator.environment);
  } finally {
    await emulator.stop();
  }
  await rm(directory, { recursive: true });
} catch (error) {
  if (error instanceof Missing) {
    process.stderr.write(`${error.message}\n`);
    await rm(directory, { recursive: true });
  } else {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(
      `test:deploy failed: ${reason}\nThe emulator's log and the outputs are in ${directory}.\n`,
    );
  }
  process.exitCode = 1;
}
