import { readdirSync, readFileSync } from 'node:fs';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const filesIn = (folders: readonly string[]) =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
const modules = filesIn(['domain', 'functions', 'infra']);
const files = [...modules, ...filesIn(['test'])];
const mostLines = 250;

/** Which folders a folder may import from, itself aside. The lint rules hold the same for types. */
const mayImport: Record<string, readonly string[]> = {
  domain: [],
  functions: ['domain'],
  infra: ['domain', 'functions'],
  test: ['domain', 'functions', 'infra'],
};

describe('the directions of the architecture', () => {
  let inputs: Metafile['inputs'];

  beforeAll(async () => {
    const built = await build({
      entryPoints: files,
      bundle: true,
      write: false,
      metafile: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      outdir: 'unused',
      logLevel: 'silent',
    });
    inputs = built.metafile.inputs;
  });

  it('reads every module, so that the rules below speak of something', () => {
    expect(Object.keys(inputs).length).toBeGreaterThan(100);
    expect(Object.keys(inputs).sort()).toEqual(expect.arrayContaining(files.toSorted()));
  });

  it('points from the hosts to the functions to the domain, never back', () => {
    const wrong = edges(inputs).filter(([from, to]) => {
      const [source = '', target = ''] = [from.split('/')[0], to.split('/')[0]];
      return source !== target && !mayImport[source]?.includes(target);
    });

    expect(wrong).toEqual([]);
  });

  it('keeps the domain free of HTTP, Lambda and CDK', () => {
    const outside = Object.entries(inputs)
      .filter(([from]) => from.startsWith('domain/'))
      .flatMap(([, { imports }]) => imports.filter(({ external }) => external).map(({ path }) => path));
    const allowed = /^(node:|zod\/|@aws-sdk\/(client-dynamodb|lib-dynamodb|util-dynamodb|client-kms)$)/;

    expect([...new Set(outside)].filter((path) => !allowed.test(path))).toEqual([]);
  });

  it('has no module that reads the process environment or the clock but the one that makes the context', () => {
    const readers = modules
      .filter((file) => !file.startsWith('infra/'))
      .filter((file) => /process\.env|Date\.now\(|Math\.random|new Date\(\)/.test(readFileSync(file, 'utf8')))
      .filter((file) => !file.startsWith('functions/lambda/'));

    expect(readers).toEqual(['functions/http/environment.ts', 'functions/http/serve.ts']);
  });

  it(`keeps every module under ${mostLines} lines`, () => {
    const long = modules.filter((file) => readFileSync(file, 'utf8').split('\n').length > mostLines + 1);

    expect(long).toEqual([]);
  });
});

function edges(inputs: Metafile['inputs']): [string, string][] {
  return Object.entries(inputs).flatMap(([from, { imports }]) =>
    imports.filter(({ external }) => !external).map(({ path }): [string, string] => [from, path]),
  );
}
