import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { domainOf, environments } from '../../infra/settings.ts';
import { bootstrapTemplate } from './bootstrap.ts';
import { command } from './command.ts';
import { openMailbox } from './mailbox.ts';
import { allowSending } from './sending.ts';
import { standing } from './standing.ts';

/* From nothing to a deployment, the suite against it, and back to nothing. */

const [directory = '', ...files] = process.argv.slice(2);
const emulatorUrl = process.env.AWS_ENDPOINT_URL ?? '';
const outputsFile = join(directory, 'outputs.json');

await step('bootstrap', async () => {
  const template = await bootstrapTemplate(directory);
  await cdk('bootstrap', 'aws://000000000000/eu-central-1', '--template', template);
});
const before = await standing();
await step('deploy', () =>
  cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', outputsFile),
);
const outputs = Object.assign({}, ...Object.values(JSON.parse(await readFile(outputsFile, 'utf8'))));
const disallowSending = await allowSending(domainOf(environments.dev.mailSender), 'workspaces-dev-');
await step('end-to-end suite', () => suite(outputs.ApiUrl));
await step('verify the data', () =>
  command(process.execPath, ['infra/verify/verify.ts', '--table', outputs.TableName], process.env),
);
await disallowSending();
await step('destroy', () => cdk('destroy', '--all', '--force'));
await step('nothing is left', async () => {
  const left = (await standing()).filter((name) => !before.includes(name));
  if (left.length > 0) throw new Error(`\`cdk destroy\` left ${left.join(', ')}.`);
});

async function step(name: string, run: () => Promise<void>): Promise<void> {
  const start = performance.now();
  process.stdout.write(`\n=== ${name}\n`);
  await run().catch((cause: unknown) => {
    process.stderr.write(`=== ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exit(1);
  });
  process.stdout.write(`=== ${name}: ${Math.round((performance.now() - start) / 1_000)} s\n`);
}

function cdk(...args: string[]): Promise<void> {
  return command('cdk', [...args, '-c', 'env=dev', '--output', join(directory, 'cdk.out')], process.env);
}

async function suite(apiUrl: string): Promise<void> {
  const [, apiId] = /^https?:\/\/(\w+)\.execute-api\./.exec(apiUrl) ?? [];
  const mailbox = await openMailbox(emulatorUrl);
  try {
    await command('vitest', ['run', '--project', 'e2e', '--reporter', 'dot', ...files], {
      ...process.env,
      // The host that API Gateway would give it has no name on this machine.
      E2E_BASE_URL: `${emulatorUrl}/_aws/execute-api/${apiId}/$default`,
      E2E_OUTPUTS: outputsFile,
      E2E_SIGN_IN_URL: emulatorUrl,
      E2E_MAILBOX_URL: `${mailbox.url}/local/mailbox`,
      E2E_QUIET_MILLISECONDS: '700',
    });
  } finally {
    await mailbox.stop();
  }
}
