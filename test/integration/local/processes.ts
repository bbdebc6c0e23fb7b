import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

/** Runs a TypeScript file with Node until it has printed a line that begins so; gives the line. */
export async function startScript(
  file: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; until: string },
): Promise<{ child: ChildProcess; line: string; output: string[]; errors: string[] }> {
  const child = spawn(process.execPath, [file, ...args], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (printed) => errors.push(printed));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (printed) => {
      output.push(printed);
      if (printed.startsWith(options.until)) resolve(printed);
    });
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${output.join('\n')}`)));
  });
  return { child, line, output, errors };
}

export async function ended(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
}

/** SIGKILL for the embedded DynamoDB that has this database file, and for nothing else. */
export async function killEngineOn(dbPath: string): Promise<void> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
  const line = stdout.split('\n').find((one) => /^ *\d+ \S*dynoxide serve/.test(one) && one.includes(dbPath));
  if (line === undefined) throw new Error(`No engine has ${dbPath}.`);
  process.kill(Number(line.trim().split(' ')[0]), 'SIGKILL');
}
