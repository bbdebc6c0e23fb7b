import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { environments } from '../../infra/settings.ts';
import { rightsOf } from './rightsOf.ts';
import { synthesized } from './synthesized.ts';

/*
 * What a function's code calls, found in what is left of its sources when everything unused is dropped. A right that is
 * missing would show only when deployed, as tests on a laptop check no rights; one too many would never show.
 */
const calls: Record<string, RegExp> = {
  'dynamodb:GetItem on table': /new GetCommand\(/,
  'dynamodb:BatchGetItem on table': /new BatchGetCommand\(/,
  'dynamodb:Query on table': /new QueryCommand\(/,
  'dynamodb:Query on index': /\bonIndex: true\b/,
  'dynamodb:PutItem on table': /^function put\d*\(/m,
  'dynamodb:UpdateItem on table': /^function update\d*\(/m,
  'dynamodb:DeleteItem on table': /^function remove\d*\(/m,
  'dynamodb:ConditionCheckItem on table': /^function check\d*\(/m,
  'kms:GenerateDataKey on credentials key for one authorization': /^async function seal\d*\(/m,
  'kms:Decrypt on credentials key for one authorization': /^async function open\d*\(/m,
  'kms:GenerateMac on invitations key': /\bkeys\.invitationMac\(/,
  'kms:GenerateMac on requests key': /\bkeys\.(cursorKey|fingerprintKey)\(/,
  'events:PutEvents on bus': /new PutEventsCommand\(/,
  'ses:SendEmail on sender': /new SendEmailCommand\(/,
};

/** Rights that Lambda uses for a function, not its code. */
const lambdaUses = /^(sqs:|xray:|dynamodb:\w+ on (every )?stream)/;

/** Their code holds the one function that queries, and asks it for the index each time. */
const queriesTheIndexAlone = new Set(['sweep']);

/** The chain of its requests holds the fingerprints of repeatable ones, and who has no token has none of those. */
const knowsNoCaller = new Set(['preview']);

/** Every write holds the check that its caller is in the organization: of these, no caller is a person of one. */
const checksNobody = new Set(['support', 'services']);

const granted = rightsOf(synthesized(environments.dev));

describe.each(
  // The public function holds the routes of all groups to describe them, and calls none.
  Object.keys(granted).filter((name) => name !== 'public'),
)('%s', (name) => {
  test('may do all that its code calls, and nothing that it does not', async () => {
    const code = await sourceOf(name);

    const called = Object.entries(calls).flatMap(([right, sign]) => (sign.test(code) ? [right] : []));

    const asked = called.filter(
      (right) =>
        !(right === 'dynamodb:Query on table' && queriesTheIndexAlone.has(name)) &&
        !(right === 'kms:GenerateMac on requests key' && knowsNoCaller.has(name)) &&
        !(right === 'dynamodb:ConditionCheckItem on table' && checksNobody.has(name)),
    );
    expect(asked.sort()).toEqual(granted[name]?.filter((right) => !lambdaUses.test(right)));
  });
});

test('every call has its sign in some function', async () => {
  const all = (await Promise.all(Object.keys(granted).map(sourceOf))).join('\n');

  expect(Object.entries(calls).filter(([, sign]) => !sign.test(all))).toEqual([]);
});

/** The sources of a function in one file, without what it does not use, packages left out. */
async function sourceOf(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`functions/lambda/${name}.ts`],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('\n');
}
