import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { freePort, installedBinary } from '../../../infra/local/dynoxide.ts';
import { ended, killEngineOn, startScript } from './processes.ts';

const start = fileURLToPath(new URL('../../../infra/local/start.ts', import.meta.url));

let directory: string;
let env: NodeJS.ProcessEnv;
let children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'start-'));
  env = { DATA_DIR: directory, PORT: String(await freePort()), npm_lifecycle_event: undefined };
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  await rm(directory, { recursive: true });
});

async function launch(...args: string[]) {
  const started = await startScript(start, args, { env, until: 'ready ' });
  children.push(started.child);
  return started;
}

async function call(
  url: string,
  path: string,
  body?: unknown,
): Promise<{ items: { name: string; subject: string }[] }> {
  const token = await fetch(`${url}/local/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sub: 'support', scope: 'workspaces/support' }),
  });
  const { accessToken } = (await token.json()) as { accessToken: string };
  const answer = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  // Lists of organizations, and of mails, are what is asked for below.
  return (await answer.json()) as { items: { name: string; subject: string }[] };
}

test('prints one ready line and no token, and ends with 0 on SIGTERM', async () => {
  const { child, line, output } = await launch();

  expect(line).toBe(`ready http://localhost:${env.PORT}`);
  child.kill('SIGTERM');
  expect(await ended(child)).toBe(0);
  expect(output.filter((printed) => printed.startsWith('ready'))).toHaveLength(1);
  expect(output.join('\n')).toContain('/local/token');
  expect(output.join('\n')).not.toContain('eyJ');
});

test('after kill -9 it starts again and shows everything', async () => {
  const first = await launch('--empty');
  const url = first.line.replace('ready ', '');
  for (const name of ['One', 'Two']) {
    await call(url, '/v1/admin/organizations', { name, owner: { email: 'owner@x.example' } });
  }

  first.child.kill('SIGKILL');
  await ended(first.child);
  const second = await launch('--empty');

  const { items } = await call(url, '/v1/admin/organizations');
  const mails = await call(url, '/local/mailbox?to=owner@x.example');
  expect(items.map(({ name }) => name).sort()).toEqual(['One', 'Two']);
  // At least once: what was being mailed when it was killed may be there twice.
  const subjects = new Set(mails.items.map(({ subject }) => subject));
  expect(subjects).toEqual(new Set(['You are invited to One', 'You are invited to Two']));
  second.child.kill('SIGINT');
  expect(await ended(second.child)).toBe(0);
});

test('starts its database again when it dies, and has everything', async () => {
  const { line } = await launch('--empty');
  const url = line.replace('ready ', '');
  await call(url, '/v1/admin/organizations', { name: 'One', owner: { email: 'owner@x.example' } });

  await killEngineOn(directory);

  const { items } = await vi.waitUntil(
    () => call(url, '/v1/admin/organizations').catch(() => undefined),
    10_000,
  );
  expect(items.map(({ name }) => name)).toEqual(['One']);
  expect(await readFile(join(directory, 'stack.log'), 'utf8')).toContain('The embedded DynamoDB is back.');
});

test('while its database dies again and again nobody gets a 500, and every mail of what was answered arrives', async () => {
  const { line } = await launch('--empty');
  const url = line.replace('ready ', '');
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const person = { sub: 'somebody', email: 'somebody@x.example' };
  const issued = await post('/local/token', { sub: 'support', scope: 'workspaces/support' });
  const { accessToken } = (await issued.json()) as { accessToken: string };
  const authorization = `Bearer ${accessToken}`;
  const refused: Response[] = [];
  const invited: string[] = [];
  let isOver = false;
  const write = async (caller: number) => {
    for (let n = 0; !isOver; n++) {
      const email = `owner.${caller}.${n}@x.example`;
      const body = { name: 'Organization', owner: { email } };
      const [made, token] = await Promise.all([
        post('/v1/admin/organizations', body, { authorization }),
        post('/local/token', person),
      ]);
      if (made.status === 201) invited.push(email);
      refused.push(...[made, token].filter(({ ok }) => !ok));
    }
  };

  const writing = Array.from({ length: 8 }, (_, caller) => write(caller));
  const goesOn = () => {
    const before = invited.length;
    return vi.waitUntil(() => invited.length > before + 8, 20_000);
  };
  await goesOn();
  for (let death = 0; death < 3; death++) {
    await killEngineOn(directory);
    await goesOn();
  }
  isOver = true;
  await Promise.all(writing);

  for (const answer of refused) {
    expect(answer.headers.has('retry-after')).toBe(true);
    expect(await answer.json()).toMatchObject({ status: 503, code: 'try_again' });
  }
  const mailed = async () => {
    const { items } = (await (await fetch(`${url}/local/mailbox`)).json()) as { items: { to: string }[] };
    const addresses = new Set(items.map(({ to }) => to));
    return invited.filter((email) => !addresses.has(email));
  };
  await vi.waitFor(async () => expect(await mailed()).toEqual([]), 20_000);
});

test('a stack in memory that was killed leaves nothing that the next start does not take away', async () => {
  env.DATA_DIR = ':memory:';
  const first = await launch('--empty');
  await vi.waitUntil(() => first.output.some((printed) => printed.includes('Log ')));
  const root = dirname(/Log +(\S+)/.exec(first.output.join('\n'))?.[1] ?? '');
  first.child.kill('SIGKILL');
  await ended(first.child);
  expect(existsSync(join(root, 'keys.json'))).toBe(true);

  await launch('--empty');

  expect(existsSync(root)).toBe(false);
});

test('says so in one sentence and ends with 1 when its database can no longer be started', async () => {
  env.DYNOXIDE = join(directory, 'dynoxide');
  await copyFile(installedBinary(), env.DYNOXIDE);
  await chmod(env.DYNOXIDE, 0o700);
  const { child, errors } = await launch('--empty');

  await rm(env.DYNOXIDE);
  await killEngineOn(directory);

  expect(await ended(child)).toBe(1);
  expect(errors.join('\n')).toMatch(/^The embedded DynamoDB has ended and can't be started again: .*$/);
});

test.each([
  ['a flag that it does not know', ['--emtpy'], {}, /^Usage: npm start \[-- --empty\]\n$/],
  ['a port that is none', [], { PORT: 'http' }, /^PORT must be a number.*\n$/],
])('refuses %s in one line', (_, args, more, message) => {
  const refused = spawnSync(process.execPath, [start, ...args], { env: { ...process.env, ...env, ...more } });

  expect(refused.status).toBe(1);
  expect(refused.stderr.toString()).toMatch(message);
});
