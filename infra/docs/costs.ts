/** Units of one thing that is done, as `docs/capacity.md` has them. */
type Units = { reads: number; writes: number };

/** US dollars, us-east-1, of November 2026, beyond all free tiers; other regions cost up to a quarter more. */
const price = {
  millionReadUnits: 0.125,
  millionWriteUnits: 0.625,
  gigabyteMonth: 0.25,
  gigabyteMonthOfRecovery: 0.2,
  millionApiCalls: 1,
  millionInvocations: 0.2,
  gigabyteSecond: 0.0000133334,
  millionKmsCalls: 3,
  keyMonth: 1,
  millionEvents: 1,
  gigabyteOfLogs: 0.5,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
  thousandMails: 0.1,
};

/** What is assumed where nothing in this repository can measure it. */
const assumed = {
  /** Of an invocation with 1 GB, cold starts included. */
  seconds: 0.05,
  /** Of the line of the request, its metrics, API Gateway's line and Lambda's own three. */
  logBytes: 1_900,
};

/** How often each route is asked in a hundred requests: screens that are looked at, and workers that extract. */
export const mix: Readonly<Record<string, number>> = {
  getMe: 10,
  listWorkspaces: 10,
  getWorkspace: 5,
  listMembers: 4,
  listUsers: 3,
  draftWorkspace: 1,
  listConnections: 20,
  getConnection: 10,
  listAccounts: 8,
  searchAccounts: 1,
  listEvents: 2,
  getCredentials: 18,
  reportAuthorization: 3,
  updateWorkspace: 1,
  putMember: 1,
  updateConnection: 1,
  reconnectConnection: 1,
  copyConnections: 1,
};

/** Metrics that the alarms of prod look at; a test counts them. */
export const alarmMetricsOfProd = 32;
const keysOfProd = 3;
/** Requests, latency, read and write units of a route that both reads and writes; the others tell fewer. */
const metricsPerRoute = 4;

/** `docs/costs.md`, from the measured capacity of `docs/capacity.md`. */
export function costsPage(capacity: string): string {
  const units = unitsIn(capacity);
  return [
    '# What it costs',
    '',
    'Made by `npm run docs` from the units that `docs/capacity.md` has measured. US dollars in us-east-1, November 2026, beyond all',
    'free tiers; other regions cost up to a quarter more. Check the prices before you plan with them.',
    '',
    '## A million requests',
    '',
    `${Object.keys(mix).length} routes as a workspace of people and extracting workers asks them: ${told(mix)}.`,
    '',
    ...table(
      ['', 'amount', '$'],
      requests(units).map(([what, amount, cost]) => [what, amount, dollars(cost)]),
    ),
    '',
    `Lambda is reckoned with ${assumed.seconds * 1_000} ms and 1 GB a call, logs with ${assumed.logBytes} bytes; neither is measured on AWS.`,
    '',
    '## A workspace with 100 connections',
    '',
    ...table(
      ['', 'read units', 'write units', '$'],
      workspaceRows.map((name) => {
        const { reads, writes } = unitsOf(units, name);
        return [name, String(reads), String(writes), dollars(cost({ reads, writes }), 5)];
      }),
    ),
    '',
    'Its items have less than a megabyte: at rest it costs nothing that could be seen on a bill.',
    '',
    '## A month at rest',
    '',
    'prod, with a table of 1 GB that nobody asks.',
    '',
    ...table(
      ['', 'amount', '$'],
      atRest().map(([what, amount, cost]) => [what, amount, dollars(cost)]),
    ),
    '',
    `Metrics by route are billed for the hours in which they are told: each route that is asked in every hour of a month adds`,
    `${metricsPerRoute} × $${price.metricMonth.toFixed(2)}. dev has no alarms and no recovery.`,
    '',
  ].join('\n');
}

const workspaceRows = [
  '100 connections are made',
  'a workspace with copies of them is created',
  'they are listed',
  'one is reconnected, and with it its lineage',
  'the workspace is deleted',
];

type Row = [what: string, amount: string, cost: number];

function requests(units: ReadonlyMap<string, Units>): Row[] {
  const reads = averaged(units, 'reads');
  const writes = averaged(units, 'writes');
  const events = share((route) => unitsOf(units, route).writes > 0);
  const decryptions = share((route) => route === 'getCredentials' || route === 'reconnectConnection');
  const logs = assumed.logBytes / 1_000;
  const rows: Row[] = [
    ['API Gateway', '1 M calls', price.millionApiCalls],
    ['Lambda', '1 M calls', price.millionInvocations + assumed.seconds * 1e6 * price.gigabyteSecond],
    ['DynamoDB reads', `${reads.toFixed(1)} M units`, reads * price.millionReadUnits],
    ['DynamoDB writes', `${writes.toFixed(1)} M units`, writes * price.millionWriteUnits],
    ['EventBridge, and Lambda for it', `${events.toFixed(2)} M events`, events * (price.millionEvents + 0.1)],
    ['KMS', `${decryptions.toFixed(2)} M calls`, decryptions * price.millionKmsCalls],
    ['Logs', `${logs.toFixed(1)} GB`, logs * price.gigabyteOfLogs],
  ];
  return [...rows, ['**in all**', '', total(rows)]];
}

function atRest(): Row[] {
  const sweeps = 30 * 24 * 60;
  const rows: Row[] = [
    ['Table, and its recovery', '1 GB', price.gigabyteMonth + price.gigabyteMonthOfRecovery],
    ['KMS keys', String(keysOfProd), keysOfProd * price.keyMonth],
    ['Alarms', `${alarmMetricsOfProd} metrics`, alarmMetricsOfProd * price.alarmMonth],
    ['Dashboard', '1', price.dashboardMonth],
    ['Sweep: 4 metrics', `${sweeps} calls`, 4 * price.metricMonth + (sweeps / 1e6) * 1],
  ];
  return [...rows, ['**in all**', '', total(rows)]];
}

function total(rows: readonly Row[]): number {
  return rows.reduce((sum, [, , cost]) => sum + cost, 0);
}

function cost({ reads, writes }: Units): number {
  return (reads * price.millionReadUnits + writes * price.millionWriteUnits) / 1e6;
}

function averaged(units: ReadonlyMap<string, Units>, kind: keyof Units): number {
  return Object.entries(mix).reduce(
    (sum, [route, percent]) => sum + (unitsOf(units, route)[kind] * percent) / 100,
    0,
  );
}

function share(counts: (route: string) => boolean): number {
  return Object.entries(mix).reduce((sum, [route, percent]) => sum + (counts(route) ? percent / 100 : 0), 0);
}

function unitsOf(units: ReadonlyMap<string, Units>, name: string): Units {
  const found = units.get(name);
  if (!found) throw new Error(`docs/capacity.md has no row ${name}.`);
  return found;
}

/** The last two cells of every row are read and write units. */
function unitsIn(capacity: string): Map<string, Units> {
  const rows = capacity.split('\n').filter((line) => /^\| .*\| [\d.]+ \| [\d.]+ \|$/.test(line));
  return new Map(
    rows.map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      const [reads = 0, writes = 0] = cells.slice(-3, -1).map(Number);
      return [(cells[1] ?? '').replaceAll('`', ''), { reads, writes }];
    }),
  );
}

function told(shares: typeof mix): string {
  return Object.entries(shares)
    .map(([route, percent]) => `\`${route}\` ${percent} %`)
    .join(', ');
}

function dollars(amount: number, digits = 2): string {
  return amount.toFixed(digits);
}

function table(head: string[], rows: readonly string[][]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
