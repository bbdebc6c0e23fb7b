import { inspect, parseArgs } from 'node:util';
import { OrgId } from '../../domain/ids.ts';
import { openTable } from '../../domain/table/client.ts';
import { wordsOf } from '../cli/wordsOf.ts';
import { invariants, type Violation } from './invariant.ts';
import { type Report, verifyTable } from './verifyTable.ts';

const usage =
  'Usage: npm run verify:data -- --table NAME [--organization ID] [--stuck-minutes 15] [--twice] [--json]';

const help = `${usage}

Reads a whole table of this product, for instance one that was restored from a backup, and names what in it does not
hold. It only reads (dynamodb:Scan); region, credentials and endpoint come from the usual AWS environment variables.

  --table NAME          the table
  --organization ID     only what belongs to this organization; reads the whole table all the same
  --stuck-minutes 15    how long a running operation may rest
  --twice               reads the table twice and reports what both times found
  --json                one JSON document in place of lines

A line a violation, tab between: name, organization, subject, detail. Then how much was read. What can't be read is
reported, and what is counted from items of its kind in that organization is not judged until it can be.
Ends with 0: everything holds; 1: something does not; 2: the table could not be read.

A scan is no snapshot: of a table in use it sees some writes half. There, only what a second run reports too, or what
--twice reports, is broken. Memory: 0.7 KB for each connection, less for workspaces, people and addresses, hardly any
for the rest.

${Object.entries(invariants)
  .map(([name, meaning]) => `  ${name.padEnd(28)}${meaning}`)
  .join('\n')}
`;

/** Why nothing was verified, in one line for the terminal. */
class CannotVerify extends Error {
  override readonly name = 'CannotVerify';
}

/** `npm run verify:data`; gives the exit code. */
async function run(args: string[]): Promise<number> {
  const asked = askedIn(args);
  if (asked.help) {
    process.stdout.write(help);
    return 0;
  }
  const report = await read(asked);
  process.stdout.write(
    asked.json ? `${JSON.stringify({ table: asked.table, ...report }, null, 2)}\n` : lines(report),
  );
  if (report.violations.length === 0) return 0;
  if (!asked.twice)
    process.stderr.write(
      'If the table is in use, some of this may be half of a write: run again, or with --twice.\n',
    );
  return 1;
}

type Options = ReturnType<typeof askedIn>;

function askedIn(args: string[]) {
  const values = valuesIn(args);
  const stuckMinutes = Number(values['stuck-minutes']);
  const organizationId = values.organization === undefined ? undefined : OrgId.safeParse(values.organization);
  if (!values.help && !values.table) throw new CannotVerify(`Which table? ${usage}`);
  if (!(stuckMinutes > 0)) throw new CannotVerify(`--stuck-minutes takes a number above 0. ${usage}`);
  if (organizationId?.success === false) throw new CannotVerify(`--organization takes an id. ${usage}`);
  return { ...values, table: values.table ?? '', stuckMinutes, organizationId: organizationId?.data };
}

function valuesIn(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        table: { type: 'string' },
        organization: { type: 'string' },
        'stuck-minutes': { type: 'string', default: '15' },
        twice: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (cause) {
    throw new CannotVerify(usage, { cause });
  }
}

/** A long scan meets throttles: more patience than the SDK's three attempts. */
const maxAttempts = 6;

async function read({ table: name, organizationId, stuckMinutes, twice }: Options): Promise<Report> {
  const table = openTable(name, { maxAttempts });
  const asked = { organizationId, stuckMinutes, twice, now: () => new Date() };
  const report = await verifyTable(table, asked).catch((cause: unknown) => {
    throw new CannotVerify(`Can't read ${name}: ${wordsOf(cause)}`, { cause });
  });
  // A mistyped id must not look like an organization in order.
  if (organizationId && report.items === 0)
    throw new CannotVerify(`There is nothing of ${organizationId} in ${name}.`);
  return report;
}

function lines({ items, organizations, violations }: Report): string {
  const summary = `${items} items, ${organizations} organizations, ${violations.length} violations`;
  return [...violations.map(line), summary, ''].join('\n');
}

function line({ invariant, organizationId = '-', subject, detail }: Violation): string {
  return [invariant, organizationId, subject, detail].join('\t');
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof CannotVerify ? error.message : inspect(error)}\n`);
  process.exitCode = 2;
}
