import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs a program in the foreground; throws unless it ends with 0. An interruption reaches it as well. */
export async function command(program: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  const [code, signal] = await once(child, 'exit');
  for (const one of signals) process.off(one, forward);
  if (code !== 0) throw new Error(`\`${[program, ...args].join(' ')}\` ended with ${code ?? signal}.`);
}

const signals = ['SIGINT', 'SIGTERM'] as const;
