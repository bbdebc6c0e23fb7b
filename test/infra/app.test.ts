import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** The CLI that operators type. Under `CI` it would write its remarks among its answers. */
async function cdk(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('node_modules/.bin/cdk', args, {
    env: {
      ...process.env,
      CI: 'false',
      PATH: `node_modules/.bin:${process.env.PATH}`,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  });
  return stdout.trim();
}

test('-c env=staging means the stacks of staging, data first, and no others', async () => {
  const stacks = await cdk('ls', '-c', 'env=staging');

  expect(stacks.split('\n')).toEqual(['workspaces-staging-stateful', 'workspaces-staging-stateless']);
});

test('-c rollout=later is refused, as there is none', async () => {
  await expect(cdk('ls', '-c', 'rollout=later')).rejects.toThrow(/there are canary and now/);
});

test('-c env=production is refused, as there is none', async () => {
  await expect(cdk('ls', '-c', 'env=production')).rejects.toThrow(/there are dev, staging, prod/);
});
