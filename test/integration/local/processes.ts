import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs a TypeScript file with Node until it has printed a line that begins so; gives the line. */
export async function startScript(
  file: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; until: string },
): Promise<{ child: ChildProcess; line: string; output: string[] }> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const output: string[] = [];
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (printed) => {
      output.push(printed);
      if (printed.startsWith(options.until)) resolve(printed);
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${output.join('\n')}`)));
  });
  return { child, line, output };
}

export async function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}
