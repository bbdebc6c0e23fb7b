import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { neverReached } from '../../infra/constructs/backendFunction.ts';
import { readJson, runApp } from '../infra/runApp.ts';

/*
 * `npm run bench`: what loading each function's bundle costs in a fresh process, as a ratio to a bundle that holds the
 * DynamoDB client alone. All take turns in each round, so that whatever else the machine does meets all of them.
 */
const rounds = 25;
const run = promisify(execFile);

const assembly = await runApp('dev', {});
const scratch = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const bundles = [{ name: 'the client alone', file: await clientAlone() }, ...functionBundles()];
  const times = new Map(bundles.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const { name, file } of bundles) times.get(name)?.push(await millisecondsToLoad(file));
  const base = median(times.get('the client alone') ?? []);
  console.table(
    Object.fromEntries(
      bundles.map(({ name, file }) => {
        const ratio = median(times.get(name) ?? []) / base;
        return [name, { KB: Math.round(statSync(file).size / 1024), ratio: Number(ratio.toFixed(2)) }];
      }),
    ),
  );
} finally {
  for (const directory of [assembly, scratch]) rmSync(directory, { recursive: true });
}

function functionBundles(): { name: string; file: string }[] {
  return readdirSync(assembly)
    .filter((name) => name.startsWith('asset.'))
    .map((asset) => {
      const { outputs } = readJson(join(assembly, asset), 'index.meta.json');
      const [entry = ''] = Object.values<{ entryPoint?: string }>(outputs).map(
        ({ entryPoint }) => entryPoint,
      );
      return {
        name: entry.replace(/^.*functions\/lambda\/(\w+)\.ts$/, '$1'),
        file: join(assembly, asset, 'index.js'),
      };
    });
}

async function clientAlone(): Promise<string> {
  const outfile = join(scratch, 'index.js');
  await build({
    stdin: {
      contents:
        "import { DynamoDBClient } from '@aws-sdk/client-dynamodb'; export const handler = new DynamoDBClient({});",
      resolveDir: '.',
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    external: [...neverReached],
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return outfile;
}

async function millisecondsToLoad(file: string): Promise<number> {
  const script = `const t = performance.now(); require(${JSON.stringify(file)}); console.log(performance.now() - t)`;
  const { stdout } = await run(process.execPath, ['-e', script], { env: { AWS_REGION: 'eu-central-1' } });
  return Number(stdout);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
