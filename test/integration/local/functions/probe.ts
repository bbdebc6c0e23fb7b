import type { Context } from 'aws-lambda';

/** A function that tells what it sees, or ends badly, as the path says. */
export async function handler(event: { rawPath: string }, context: Context): Promise<unknown> {
  if (event.rawPath === '/throw') throw new Error('as asked');
  if (event.rawPath === '/crash') setTimeout(() => Promise.reject(new Error('crashed as asked')));
  if (event.rawPath === '/crash') return new Promise(() => undefined);
  if (event.rawPath === '/large') return { statusCode: 200, body: 'x'.repeat(6 * 1024 * 1024) };
  process.stdout.write(`probe saw ${event.rawPath}\n`);
  return {
    env: process.env,
    date: new Date(0),
    name: context.functionName,
    id: context.awsRequestId,
    leftMilliseconds: context.getRemainingTimeInMillis(),
  };
}
