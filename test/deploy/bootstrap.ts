import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * CDK's own bootstrap template in a file, but for one condition: its bucket refuses whoever comes without TLS, and the
 * emulator has none.
 */
export async function bootstrapTemplate(directory: string): Promise<string> {
  const { stdout } = await promisify(execFile)('cdk', ['bootstrap', '--show-template'], {
    env: { ...process.env, CI: 'false' },
  });
  const file = join(directory, 'bootstrap.yaml');
  const template = stdout.replace(/(aws:SecureTransport"?: )"false"/, '$1"never"');
  if (template === stdout) throw new Error('The bootstrap template asks for TLS in another way.');
  await writeFile(file, template);
  return file;
}
