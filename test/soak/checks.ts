import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startEngine } from '../../infra/local/dynoxide.ts';
import type { AuditEvent } from '../e2e/shapes.ts';
import type { Mail } from '../e2e/target.ts';
import { walk } from './client.ts';
import { compare } from './model.ts';
import type { Seat } from './seat.ts';
import type { SoakedStack } from './stack.ts';
import type { Tally } from './tally.ts';
import type { SoakWorld } from './world.ts';

type Published = { id: string; detailType: string; detail: { workspaceId?: string } };

const patienceMilliseconds = 120_000;

/** Everything that was answered is there, with nothing spoiled any more. */
export async function checkAnswers(seats: readonly Seat[]): Promise<void> {
  for (const seat of seats) {
    for (const known of seat.workspaces) await compare(seat, known);
    for (const workspaceId of seat.gone) {
      const { status } = await seat.client.send('GET', `/v1/workspaces/${workspaceId}`);
      if (status !== 404) seat.tally.violation(`${workspaceId} was deleted and answers ${status}`);
    }
  }
}

/** Every mail and every event has been delivered, or is within two minutes. */
export async function checkDeliveries(
  { organizations, expectations }: SoakWorld,
  { dataDir }: SoakedStack,
  tally: Tally,
): Promise<void> {
  const written: AuditEvent[] = [];
  for (const { owner } of organizations) written.push(...(await walk<AuditEvent>(owner, '/v1/events')));
  let missing: string[] = [];
  for (const end = performance.now() + patienceMilliseconds; performance.now() < end; await pause(1_000)) {
    const mailed = new Set((await linesOf<Mail>(dataDir, 'mailbox')).map(({ to }) => to));
    const published = await linesOf<Published>(dataDir, 'events');
    const ids = new Set(published.map(({ id }) => id));
    const kinds = new Set(published.map(({ detailType, detail }) => `${detailType} ${detail.workspaceId}`));
    missing = [
      ...expectations.mails().flatMap((to) => (mailed.has(to) ? [] : `the mail to ${to}`)),
      ...written.flatMap(({ eventId, type }) => (ids.has(eventId) ? [] : `the event ${type} ${eventId}`)),
      ...expectations
        .events()
        .filter(
          ({ type, workspaceId }) => !kinds.has(`${type} ${workspaceId}`) && type !== 'invitation.created',
        )
        .map(({ type, workspaceId }) => `any event ${type} of ${workspaceId}`),
    ];
    if (missing.length === 0) break;
  }
  for (const what of missing) tally.violation(`${what} was never delivered`);
  console.log(`${expectations.mails().length} mails and ${written.length} events are to be delivered`);
  const letters = await readFile(join(dataDir, 'dead-letters.jsonl'), 'utf8');
  if (letters !== '') tally.violation(`dead letters are left: ${letters.slice(0, 300)}`);
}

async function linesOf<Line>(dataDir: string, name: string): Promise<Line[]> {
  const texts = await Promise.all(
    [`${name}.jsonl.1`, `${name}.jsonl`].map((file) => readFile(join(dataDir, file), 'utf8').catch(() => '')),
  );
  return texts
    .join('')
    .split('\n')
    .flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as Line];
      } catch {
        // Cut off by a kill.
        return [];
      }
    });
}

const verify = fileURLToPath(new URL('../../infra/verify/verify.ts', import.meta.url));

/** `npm run verify:data` on what the stack left, with an engine of its own. */
export async function checkData({ table }: SoakedStack, tally: Tally): Promise<void> {
  const engine = await startEngine({ dbPath: table });
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const args = [verify, '--table', 'workspaces', '--stuck-minutes', '1'];
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, args, { env, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}`.trim() }),
    );
  });
  await engine.stop();
  console.log(`verify:data: ${output.split('\n').at(-1)}`);
  if (code !== 0) tally.violation(`verify:data ended with ${String(code)}:\n${output.slice(0, 2_000)}`);
}
