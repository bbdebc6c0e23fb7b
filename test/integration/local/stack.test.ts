import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Backend } from '../../../infra/local/backend.ts';
import { startEngine } from '../../../infra/local/dynoxide.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../../infra/local/stack.ts';
import { engineConfig } from '../../../infra/local/table.ts';
import { openStorageProxy } from '../../support/storageProxy.ts';
import { moduleOf, smallBackend } from './smallBackend.ts';

let endpoint = '';
const backend: Backend = {
  ...smallBackend,
  organizationResolver: (at) => {
    endpoint = at;
    return smallBackend.organizationResolver(at);
  },
};

let directory: string;
let stacks: LocalStack[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stack-'));
});
afterEach(async () => {
  await Promise.all(stacks.map((stack) => stack.stop()));
  stacks = [];
  await rm(directory, { recursive: true });
});

async function aStack(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const stack = await startLocalStack({ port: 0, dataDir: directory, empty: true, ...options }, backend);
  stacks.push(stack);
  return stack;
}

const write = (sk: string) => writeTo(endpoint, sk);

async function writeTo(at: string, sk: string): Promise<void> {
  await new DynamoDBClient(engineConfig(at)).send(
    new PutItemCommand({ TableName: 'workspaces', Item: { pk: { S: 'p' }, sk: { S: sk } } }),
  );
}

const mailsAt = async (url: string): Promise<unknown> => (await fetch(`${url}/local/mailbox`)).json();

const everybody = ['before@x.example', 'a@x.example', 'b@x.example'];
// The small functions mail nothing but an address and a subject.
const addressesAt = async (url: string) =>
  ((await mailsAt(url)) as { items: { to: string }[] }).items.map(({ to }) => to);

describe('a function', () => {
  test('sees the environment of the stack and nothing of an AWS account', async () => {
    vi.stubEnv('AWS_PROFILE', 'production');
    vi.stubEnv('LOG_LEVEL', 'DEBUG');
    const { url } = await aStack();

    const seen = (await (await fetch(`${url}/env`)).json()) as { env: Record<string, string>; date: string };

    expect(seen.env).toMatchObject({
      TABLE_NAME: 'workspaces',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      CREDENTIALS_KEY: `file:${directory}/keys.json`,
      INVITATIONS_KEY: `file:${directory}/keys.json`,
      REQUESTS_KEY: `file:${directory}/keys.json`,
      MAIL: `file:${directory}/mailbox.jsonl`,
      EVENT_BUS: `file:${directory}/events.jsonl`,
      INVITATION_URL: `${url}/invitations/accept`,
      LOG_LEVEL: 'DEBUG',
    });
    expect(seen.env).not.toHaveProperty('AWS_PROFILE');
    expect(seen).toMatchObject({ date: '1970-01-01T00:00:00.000Z', name: 'public' });
    vi.unstubAllEnvs();
  });

  test.each(['throw', 'crash', 'large'])(
    'that ends by %s answers 500, and the next request is served',
    async (how) => {
      const { url, logFile } = await aStack();

      const bad = await fetch(`${url}/${how}`);
      const good = await fetch(`${url}/fine`);

      expect(bad.status).toBe(500);
      expect(good.status).toBe(200);
      expect(await readFile(logFile, 'utf8')).toMatch(/as asked|6 MB/);
    },
  );

  test('may take as long as when deployed', async () => {
    const { url } = await aStack();

    const { leftMilliseconds } = (await (await fetch(`${url}/time`)).json()) as { leftMilliseconds: number };

    expect(leftMilliseconds).toBeLessThanOrEqual(25_000);
    expect(leftMilliseconds).toBeGreaterThan(20_000);
  });

  test('writes to the log of the stack', async () => {
    const { url, logFile } = await aStack();

    await fetch(`${url}/hello`);

    await vi.waitFor(async () => expect(await readFile(logFile, 'utf8')).toContain('probe saw /hello'));
  });
});

test('what is scheduled runs by the clock, again and again', async () => {
  const { logFile } = await aStack();

  await vi.waitFor(async () =>
    expect((await readFile(logFile, 'utf8')).split('the clock struck').length).toBeGreaterThan(2),
  );
});

describe('the mailbox', () => {
  test('shows what the write before it caused, newest first, and one address when asked', async () => {
    const { url } = await aStack();
    for (const to of ['a@x.example', 'b@x.example', 'A@x.example']) await write(to);

    const all = await mailsAt(url);
    const one = await (await fetch(`${url}/local/mailbox?to=a%40X.example`)).json();

    expect(all).toEqual({
      items: ['A@x.example', 'b@x.example', 'a@x.example'].map((to) => ({ to, subject: 'New' })),
    });
    expect(one).toMatchObject({ items: [{ to: 'A@x.example' }, { to: 'a@x.example' }] });
  });

  test('goes on after a restart, without sending again', async () => {
    const first = await aStack();
    await write('a@x.example');
    await mailsAt(first.url);
    await first.stop();

    const second = await aStack();
    await write('b@x.example');

    expect(await mailsAt(second.url)).toMatchObject({
      items: [{ to: 'b@x.example' }, { to: 'a@x.example' }],
    });
  });

  test('keeps working when a record cannot be handled: it lies among the dead letters until it can', async () => {
    const first = await aStack();
    await write('poison');
    await write('b@x.example');
    await vi.waitFor(
      async () => expect(await mailsAt(first.url)).toMatchObject({ items: [{ to: 'b@x.example' }] }),
      20_000,
    );
    const letters = () => readFile(join(directory, 'dead-letters.jsonl'), 'utf8');
    const [letter] = (await letters()).split('\n');
    expect(JSON.parse(letter ?? '')).toMatchObject({
      consumer: 'stream',
      record: { dynamodb: { Keys: { sk: { S: 'poison' } } } },
    });
    await first.stop();

    vi.stubEnv('POISON_IS_CURED', 'yes');
    const { url } = await aStack();

    await vi.waitFor(async () => expect(await letters()).toBe(''), 5_000);
    expect(await mailsAt(url)).toMatchObject({ items: [{ to: 'poison' }, { to: 'b@x.example' }] });
    vi.unstubAllEnvs();
  });

  test.each(['error', 'reset'] as const)(
    'loses nothing while the storage is away for longer than a record is tried (%s)',
    async (kind) => {
      const engine = await startEngine();
      const proxy = await openStorageProxy(engine.endpoint);
      const careful = { name: 'careful', isFor: () => true };
      const modules = { ...smallBackend.modules, careful: moduleOf('careful') };
      const stack = await startLocalStack(
        { port: 0, dataDir: directory, empty: true, dynamodbEndpoint: proxy.url },
        { ...smallBackend, modules, consumers: [careful] },
      );
      stacks.push(stack);
      endpoint = proxy.url;
      await write('before@x.example');
      await mailsAt(stack.url);

      // The stream can still be read, so that the handler has the records in hand.
      proxy.setFault({ kind, about: '"TableName":"workspaces","Key"' });
      await Promise.all(['a@x.example', 'b@x.example'].map((to) => writeTo(engine.endpoint, to)));
      await vi.waitUntil(() => proxy.injected() > 7, 30_000);
      proxy.setFault(undefined);

      await vi.waitFor(
        async () => expect(new Set(await addressesAt(stack.url))).toEqual(new Set(everybody)),
        10_000,
      );
      expect(await readFile(join(directory, 'dead-letters.jsonl'), 'utf8')).toBe('');
      await stack.stop();
      await proxy.close();
      await engine.stop();
    },
  );
});

describe('a stack', () => {
  test('keeps keys, links and mails readable for its owner alone', async () => {
    await aStack();

    const modes = await Promise.all(
      ['keys.json', 'issuer.json', 'mailbox.jsonl', 'events.jsonl', 'dead-letters.jsonl', 'stack.log'].map(
        async (name) => (await stat(join(directory, name))).mode & 0o777,
      ),
    );

    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  test('in memory leaves nothing behind', async () => {
    const stack = await aStack({ dataDir: ':memory:' });
    const root = dirname(stack.logFile);

    await stack.stop();

    await expect(stat(root)).rejects.toThrow('ENOENT');
    await expect(fetch(stack.url)).rejects.toThrow();
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  test('uses another DynamoDB when it is told to, and leaves it running', async () => {
    const engine = await startEngine();
    const stack = await aStack({ dynamodbEndpoint: engine.endpoint });

    await write('a@x.example');

    expect(endpoint).toBe(engine.endpoint);
    expect(await mailsAt(stack.url)).toMatchObject({ items: [{ to: 'a@x.example' }] });
    await stack.stop();
    expect((await fetch(engine.endpoint)).ok).toBe(true);
    await engine.stop();
  });

  test('does not start on a port that is taken, and says which', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;

    await expect(aStack({ port })).rejects.toThrow(`Port ${port} is in use`);

    server.close();
    await aStack();
  });

  test('does not start on a directory that another one uses, and says who', async () => {
    await aStack();

    await expect(aStack()).rejects.toThrow(new RegExp(`process ${process.pid}\\) uses ${directory}`));
  });

  test('issues tokens with the organization that the backend finds', async () => {
    const { url } = await aStack();

    const answer = await fetch(`${url}/local/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sub: 'u', email: 'u@x.example' }),
    });

    const { accessToken } = (await answer.json()) as { accessToken: string };
    const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: url, org_id: 'org_of_u' });
  });
});
