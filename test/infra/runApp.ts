import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A JSON file of an assembly. */
export function readJson(directory: string, name: string) {
  return JSON.parse(readFileSync(join(directory, name), 'utf8'));
}

/** Runs `infra/app.ts` as the CDK CLI does, and answers the directory of the assembly. */
export async function runApp(env: string, context: Record<string, unknown>): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), 'assembly-'));
  await promisify(execFile)(process.execPath, ['infra/app.ts'], {
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...readJson('.', 'cdk.json').context, env, ...context }),
    },
  });
  return outdir;
}
