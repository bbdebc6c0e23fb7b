import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { organizationKey } from '../../../domain/organizations/organization.item.ts';
import { addressKey } from '../../../domain/users/address.item.ts';
import { engineConfig } from '../../../infra/local/table.ts';
import { invariants } from '../../../infra/verify/invariant.ts';
import { aConnection, anOrganization, aWorkspace, type TestOrganization } from '../../support/builders.ts';
import { aWorld } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { everything } from '../../support/state.ts';
import { damageTo, restoring } from './damage.ts';

const script = fileURLToPath(new URL('../../../infra/verify/verify.ts', import.meta.url));

const engine = await anEngine();
const d = damageTo(engine.table);
let first: TestOrganization;
let second: TestOrganization;
let endpoint: string;
let restore: () => Promise<void>;

beforeAll(async () => {
  const world = aWorld(engine);
  first = await anOrganization(world);
  second = await anOrganization(world, { owner: { email: 'second@example.com' } });
  const { workspaceId } = await aWorkspace(first.owner);
  await aConnection(first.owner, workspaceId);
  const at = await engine.table.documents.config.endpoint?.();
  endpoint = `${at?.protocol}//${at?.hostname}:${at?.port}`;
  restore = await restoring(engine.table);
});

afterEach(() => restore());

/** The tool in a process of its own, with nothing of this one's environment that AWS is told by. */
async function verify(args: string[], own: NodeJS.ProcessEnv = {}) {
  const around = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      ...Object.fromEntries(around),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      ...own,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

const inTable = (...args: string[]) => verify(['--table', engine.table.name, ...args]);

describe('a table that holds', () => {
  test('ends with 0 and says how much was read', async () => {
    const { length } = await everything(engine.table);

    expect(await inTable()).toEqual({
      code: 0,
      stdout: `${length} items, 2 organizations, 0 violations\n`,
      stderr: '',
    });
  });

  test('is one JSON document when that is asked for', async () => {
    const { code, stdout } = await inTable('--json', '--organization', second.orgId);

    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      table: engine.table.name,
      items: expect.any(Number),
      organizations: 1,
      violations: [],
    });
  });
});

describe('a table that does not hold', () => {
  test('ends with 1 and a line for each violation, without an address', async () => {
    const { items } = JSON.parse((await inTable('--json')).stdout);
    await d.add(organizationKey(first.orgId), 'workspaceCount');
    await d.remove(addressKey(second.orgId, 'second@example.com'));
    await d.put({ pk: 'MAIL#somebody@example.com', sk: 'x' });

    const { code, stdout, stderr } = await inTable();

    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^unknown_item\t-\tMAIL#sha256:[0-9a-f]{12} x\tis of no known kind$/),
      `workspace_count\t${first.orgId}\t${first.orgId}\tcounts 2, there are 1`,
      expect.stringMatching(
        new RegExp(
          `^address_missing\t${second.orgId}\t${second.owner.actor.userId}\tan address, sha256:[0-9a-f]{12}, does`,
        ),
      ),
      `${items} items, 2 organizations, 3 violations`,
      '',
    ]);
    expect(stdout).not.toContain('@');
    expect(stderr).toMatch(/^If the table is in use.*--twice\.\n$/);
  });

  test('has its violations in the JSON document, and a hint beside it', async () => {
    await d.add(organizationKey(first.orgId), 'workspaceCount');

    const { code, stdout, stderr } = await inTable('--json');

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      organizations: 2,
      violations: [
        {
          invariant: 'workspace_count',
          organizationId: first.orgId,
          subject: first.orgId,
          detail: 'counts 2, there are 1',
        },
      ],
    });
    expect(stderr).toContain('--twice');
  });

  test('is read twice when that is asked for, and needs no hint then', async () => {
    await d.add(organizationKey(first.orgId), 'workspaceCount');

    const { code, stdout, stderr } = await inTable('--twice');

    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toContain('2 organizations, 1 violations\n');
  });

  test('holds for an organization that has no part in it', async () => {
    await d.add(organizationKey(first.orgId), 'workspaceCount');

    expect(await inTable('--organization', second.orgId)).toMatchObject({ code: 0 });
    expect(await inTable('--organization', first.orgId)).toMatchObject({ code: 1 });
  });
});

test('a table of something else has nothing that is known, and is read to its end', async () => {
  const client = new DynamoDBClient(engineConfig(endpoint));
  const TableName = 'elsewhere';
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await client.send(new PutItemCommand({ TableName, Item: { id: { N: '1' } } }));
  client.destroy();

  const { code, stdout } = await verify(['--table', TableName]);

  expect(code).toBe(1);
  expect(stdout).toMatch(/^unknown_item\t-\t.*\n1 items, 0 organizations, 1 violations\n$/);
});

describe('what can not be read ends with 2 and one line', () => {
  const refused = { code: 2, stdout: '' };

  test.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
    ['no table is named', [], {}, /^Which table\? Usage: npm run verify:data/],
    ['an option is unknown', ['--table', 'x', '--fix'], {}, /^Usage: npm run verify:data/],
    ['something is left over', ['--table', 'x', 'y'], {}, /^Usage: npm run verify:data/],
    [
      'the minutes are none',
      ['--table', 'x', '--stuck-minutes', 'soon'],
      {},
      /^--stuck-minutes takes a number/,
    ],
    [
      'the minutes are too few',
      ['--table', 'x', '--stuck-minutes', '0'],
      {},
      /^--stuck-minutes takes a number/,
    ],
    [
      'the organization is no id',
      ['--table', 'x', '--organization', 'a b'],
      {},
      /^--organization takes an id/,
    ],
    ['there is no such table', ['--table', 'nowhere'], {}, /^Can't read nowhere: ResourceNotFoundException/],
    ['no region is set', ['--table', 'x'], { AWS_REGION: '' }, /^Can't read x: .*[Rr]egion/],
    [
      'nothing answers',
      ['--table', 'x'],
      { AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1' },
      /^Can't read x: .*ECONNREFUSED/,
    ],
  ])('when %s', async (_, args, env, line) => {
    const answer = await verify(args, env);

    expect(answer).toMatchObject(refused);
    expect(answer.stderr).toMatch(line);
    expect(answer.stderr.trimEnd()).not.toContain('\n');
  });

  test('when there is nothing of the organization that was asked for', async () => {
    const answer = await inTable('--organization', 'org_nobody');

    expect(answer).toEqual({
      ...refused,
      stderr: `There is nothing of org_nobody in ${engine.table.name}.\n`,
    });
  });
});

test('help tells what each name means, and what to make of a table in use', async () => {
  const { code, stdout } = await verify(['--help']);

  expect(code).toBe(0);
  expect(stdout).toContain('A scan is no snapshot');
  for (const [name, meaning] of Object.entries(invariants))
    expect(stdout).toMatch(new RegExp(`${name} +${meaning}\n`));
});
