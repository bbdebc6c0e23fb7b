import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Backend } from '../../../infra/local/backend.ts';
import { freePort } from '../../../infra/local/dynoxide.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from '../../../infra/local/stack.ts';
import { engineConfig } from '../../../infra/local/table.ts';
import { smallBackend } from './smallBackend.ts';

let directory: string;
let endpoint = '';
let stacks: LocalStack[] = [];
const backend: Backend = {
  ...smallBackend,
  organizationResolver: (at) => {
    endpoint = at;
    return smallBackend.organizationResolver(at);
  },
};
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spoiled-'));
});
afterEach(async () => {
  await Promise.all(stacks.map((stack) => stack.stop()));
  stacks = [];
  await rm(directory, { recursive: true });
});

const at = (name: string) => join(directory, name);

async function aStack(options: Partial<LocalStackOptions> = {}): Promise<LocalStack> {
  const stack = await startLocalStack({ port: 0, dataDir: directory, empty: true, ...options }, backend);
  stacks.push(stack);
  return stack;
}

/** Leaves a directory with one item in its table. */
async function aUsedDirectory(): Promise<void> {
  const stack = await aStack();
  await new DynamoDBClient(engineConfig(endpoint)).send(
    new PutItemCommand({ TableName: 'workspaces', Item: { pk: { S: 'p' }, sk: { S: 'a@x.example' } } }),
  );
  await fetch(`${stack.url}/local/mailbox`);
  await stack.stop();
}

/** Why it does not start, which must be a sentence for the terminal. */
async function refusal(options: Partial<LocalStackOptions> = {}): Promise<string> {
  const error: unknown = await aStack(options).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toMatchObject({ name: 'CannotStart', message: expect.stringMatching(/^[^\n]+$/) });
  return String(error);
}

describe('a stack whose keys are missing beside data', () => {
  test('says so and what to do, and makes no new ones', async () => {
    await aUsedDirectory();
    const kept = await readFile(at('keys.json'));
    await rm(at('keys.json'));

    const said = await refusal();

    expect(said).toMatch(/keys\.json is missing.*put the file back.*or delete the data directory/);
    expect(await readdir(directory)).not.toContain('keys.json');
    await writeFile(at('keys.json'), kept);
    await aStack();
  });

  test('makes them where nothing was ever written', async () => {
    const { stop } = await aStack();
    await stop();
    await rm(at('keys.json'));

    await aStack();

    expect(await readdir(directory)).toContain('keys.json');
  });
});

describe('a file that is not what the stack wrote is named, with what to do', () => {
  test.each([
    ['keys.json', 'no object', '[]', /put the file back/],
    ['keys.json', 'short keys', '{"credentials":"c2hvcnQ=","mac":"c2hvcnQ="}', /put the file back/],
    ['keys.json', 'cut off', '{"credentials":', /put the file back/],
    ['issuer.json', 'no JSON', 'no JSON', /delete it/],
    ['issuer.json', 'no key', '{}', /delete it/],
    ['issuer.json', 'a wrong key', '{"kty":"RSA","kid":"k","n":"x","e":"AQAB","d":"x"}', /delete it/],
    ['stream.json', 'cut off', '{"streamArn":"arn', /delete it/],
    ['stream.json', 'no checkpoint', '{"streamArn":1,"shards":[]}', /delete it/],
    ['table.db', 'no database', 'This is no database. '.repeat(1_000), /not a valid SQLite database/],
  ])('%s: %s', async (name, _, text, wayOut) => {
    await aUsedDirectory();
    for (const file of [name, `${name}-wal`, `${name}-shm`]) await rm(at(file), { force: true });
    await writeFile(at(name), text);

    const said = await refusal();

    expect(said).toContain(at(name));
    expect(said).toMatch(wayOut);
    expect(await readFile(at(name), 'utf8')).toBe(text);
  });

  test.each(['keys.json', 'issuer.json', 'stream.json', 'mailbox.jsonl', 'dead-letters.jsonl', 'table.db'])(
    '%s, where there is a directory in its place',
    async (name) => {
      await mkdir(at(name));

      expect(await refusal()).toContain(at(name));
    },
  );

  test('DATA_DIR, where it is a file', async () => {
    await writeFile(at('file'), '');

    expect(await refusal({ dataDir: at('file') })).toContain(at('file'));
  });
});

describe('the disk is full', () => {
  test('at the start: one sentence', async () => {
    await symlink('/dev/full', at('keys.json.next'));

    expect(await refusal()).toMatch(/keys\.json\.next.*disk is full\. Make room/);
  });

  test('later: the stack says so and ends, and what it was asked for is answered', async () => {
    const { url, logFile, failed } = await aStack();
    await rm(logFile);
    await symlink('/dev/full', logFile);

    const answer = await fetch(`${url}/hello`);

    expect(answer.status).toBe(200);
    expect(await failed).toMatch(/stack\.log.*disk is full\. Make room and start again[^\n]*$/);
  });
});

describe('DYNAMODB_ENDPOINT is refused in one sentence and some seconds', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function listening(made: Server): Promise<string> {
    server = made.listen(0, '127.0.0.1');
    await new Promise((resolve) => made.once('listening', resolve));
    const address = made.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  test.each(['localhost:8000', 'nonsense', 'ftp://localhost'])('when it is %s', async (dynamodbEndpoint) => {
    expect(await refusal({ dynamodbEndpoint })).toMatch(/DYNAMODB_ENDPOINT is .*no http or https URL/);
  });

  test('when nothing listens there', async () => {
    const dynamodbEndpoint = `http://127.0.0.1:${await freePort()}`;

    expect(await refusal({ dynamodbEndpoint })).toMatch(/can't be reached \(ECONNREFUSED\)/);
  });

  test('when what listens there is silent', async () => {
    const dynamodbEndpoint = await listening(createServer(() => undefined));

    expect(await refusal({ dynamodbEndpoint })).toMatch(/nothing answers there within five seconds/);
  }, 10_000);

  test.each([
    ['HTML', 200, '<html>Welcome</html>'],
    ['other JSON', 200, '{"hello":"world"}'],
    ['404', 404, 'Not found'],
    ['an error page', 500, '<html>Oops</html>'],
  ])('when %s is served there', async (_, status, body) => {
    const dynamodbEndpoint = await listening(
      createHttpServer((__, answer) => answer.writeHead(status).end(body)),
    );

    expect(await refusal({ dynamodbEndpoint })).toMatch(/what answers there is no DynamoDB/);
  });
});

describe('the mailbox and the events', () => {
  test('show all that is mail, whatever else stands in the file', async () => {
    const { url } = await aStack();
    await writeFile(at('mailbox.jsonl'), '7\n{"to":1}\n{"to":"a@x.exa\nnull\n{"to":"b@x.example"}\n');

    const answer = await fetch(`${url}/local/mailbox`);

    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ items: [{ to: 'b@x.example' }] });
  });

  test.each(['mailbox', 'events'])('%s: of a large file the newest part is read', async (name) => {
    const line = (n: number) => `${JSON.stringify({ to: 'a@x.example', n, text: 'x'.repeat(1_000) })}\n`;
    await writeFile(at(`${name}.jsonl`), Array.from({ length: 10_000 }, (_, n) => line(n)).join(''));
    const { url } = await aStack();

    const text = await (await fetch(`${url}/local/${name}`)).text();

    expect(JSON.parse(text).items[0].n).toBe(9_999);
    expect(text.length).toBeLessThan(4.1 * 1024 * 1024);
  });

  test('large files are put aside at the start, and their newest lines are still shown', async () => {
    const line = `${JSON.stringify({ to: 'a@x.example', text: 'x'.repeat(100_000) })}\n`;
    for (const name of ['mailbox.jsonl', 'events.jsonl', 'stack.log'])
      await writeFile(at(name), line.repeat(170));

    const { url } = await aStack();

    const { items } = (await (await fetch(`${url}/local/mailbox`)).json()) as { items: unknown[] };
    expect(items.length).toBeGreaterThan(30);
    expect(await readdir(directory)).toEqual(
      expect.arrayContaining(['mailbox.jsonl.1', 'events.jsonl.1', 'stack.log.1']),
    );
    expect((await readFile(at('stack.log'))).length).toBeLessThan(100_000);
  });

  test('the log goes on in a new file while the stack runs', async () => {
    const { url, logFile } = await aStack();
    await writeFile(logFile, 'x'.repeat(17 * 1024 * 1024));

    await vi.waitFor(async () => expect(await readdir(directory)).toContain('stack.log.1'), 10_000);
    await fetch(`${url}/hello`);

    await vi.waitFor(async () => expect(await readFile(logFile, 'utf8')).toContain('probe saw /hello'));
  });
});

describe('two stacks never have the same data', () => {
  test('called by a long path and by a symbolic link to it', async () => {
    const long = at('d'.repeat(60)) + '/'.concat('e'.repeat(60));
    await mkdir(long, { recursive: true });
    await symlink(long, at('link'));
    await aStack({ dataDir: long });

    expect(await refusal({ dataDir: at('link') })).toMatch(/Another local stack \(process \d+\)/);
  });

  test('called from another working directory', async () => {
    const long = at('d'.repeat(60)) + '/'.concat('e'.repeat(60));
    await mkdir(long, { recursive: true });
    await aStack({ dataDir: long });
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(long);

    expect(await refusal({ dataDir: long })).toMatch(/Another local stack/);
    cwd.mockRestore();
  });
});

describe('a stack in memory', () => {
  const left = async (pid: number) =>
    (await readdir(tmpdir())).filter((name) => name.startsWith(`workspaces-local-${pid}-`));

  test('takes away what a dead one left, and nothing of one that lives', async () => {
    const living = await aStack({ dataDir: ':memory:' });
    // No process has this number: the highest on Linux is 4,194,304.
    const dead = await mkdtemp(join(tmpdir(), 'workspaces-local-9999999-'));
    await writeFile(join(dead, 'keys.json'), '{}');
    const foreign = await mkdtemp(join(tmpdir(), 'workspaces-localization-'));

    await aStack({ dataDir: ':memory:' });

    expect(await left(9_999_999)).toEqual([]);
    expect(await readdir(dirname(living.logFile))).toContain('keys.json');
    expect(await readdir(foreign)).toEqual([]);
    await rm(foreign, { recursive: true });
  });
});
