import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readJson, runApp } from './runApp.ts';

const run = promisify(execFile);

/** KB that a bundle may have; what comes near is looked at before it is raised. */
const budgets = {
  public: 850,
  preview: 560,
  workspaces: 700,
  connections: 640,
  support: 580,
  services: 580,
  events: 620,
  mail: 620,
  operations: 600,
  sweep: 600,
  tokenTrigger: 460,
};

/** Where nothing but the environment gives credentials; on Lambda it does. */
const neverReached =
  /^@aws-sdk\/credential-provider-(http|ini|login|process|sso|web-identity)$|^@smithy\/credential-provider-imds$/;

let assembly: string;
/** Function → the directory of its bundle. */
const directories = new Map<string, string>();

beforeAll(async () => {
  assembly = await runApp('dev', {});
  for (const asset of readdirSync(assembly).filter((name) => name.startsWith('asset.'))) {
    const directory = join(assembly, asset);
    directories.set(nameOf(readJson(directory, 'index.meta.json')), directory);
  }
});

afterAll(() => rmSync(assembly, { recursive: true }));

test('every function has a bundle and a budget', () => {
  expect([...directories.keys()].sort()).toEqual(Object.keys(budgets).sort());
});

describe.each(Object.entries(budgets))('%s', (name, budget) => {
  test(`has at most ${budget} KB`, () => {
    expect(outputOf(name).bytes / 1024).toBeLessThan(budget);
  });

  test('holds all that it needs: it loads where there is nothing else', async () => {
    const { stdout } = await run(
      process.execPath,
      ['-p', `typeof require('./index.js').handler`],
      // No environment either: it is read at the first call.
      { cwd: directories.get(name), env: {} },
    );

    expect(stdout.trim()).toBe('function');
  });

  test('leaves out only what Node has and credential providers that Lambda never reaches', () => {
    const outside = outputOf(name)
      .imports.filter(({ external }) => external)
      .map(({ path }) => path.replace(/^node:/, ''));

    const missing = outside.filter((path) => !builtinModules.includes(path) && !neverReached.test(path));
    expect(missing).toEqual([]);
  });

  test('has each client of the SDK once, from its ES modules, and no tracing', () => {
    const packages = inputsOf(name).filter((path) => /@aws-sdk|@smithy/.test(path));

    expect(packages.filter((path) => path.split('node_modules/').length > 2)).toEqual([]);
    expect(packages.filter((path) => path.includes('/dist-cjs/'))).toEqual([]);
    expect(
      inputsOf(name).filter((path) => /aws-xray|opentelemetry|credential-provider-sso/.test(path)),
    ).toEqual([]);
  });

  test('has messages in English alone, and one zod', () => {
    const zod = inputsOf(name).filter((path) => path.includes('node_modules/zod/'));

    const locales = zod.filter((path) => /\/locales\/(?!index|en\.)/.test(path));
    expect(locales).toEqual([]);
    expect(zod.filter((path) => path.split('node_modules/').length > 2)).toEqual([]);
    // What makes the OpenAPI document knows both forms of schemas.
    if (name !== 'public') expect(zod.filter((path) => path.includes('/v4/classic/'))).toEqual([]);
  });
});

test('the public function has the files of the API reference beside it', () => {
  expect(readdirSync(join(directories.get('public') ?? '', 'reference')).sort()).toEqual([
    'swagger-ui-bundle.js',
    'swagger-ui.css',
  ]);
});

function metafileOf(name: string): Metafile {
  return readJson(directories.get(name) ?? '', 'index.meta.json');
}

function outputOf(name: string): Metafile['outputs'][string] {
  const [output, ...others] = Object.values(metafileOf(name).outputs);
  if (!output || others.length > 0) throw new Error(`${name} is not one file.`);
  return output;
}

/** What of the sources and packages went into the bundle. */
function inputsOf(name: string): string[] {
  return Object.entries(outputOf(name).inputs).flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [path] : [],
  );
}

function nameOf({ outputs }: Metafile): string {
  const [entry = ''] = Object.values(outputs).flatMap(({ entryPoint }) => entryPoint ?? []);
  return /functions\/lambda\/(\w+)\.ts$/.exec(entry)?.[1] ?? entry;
}
