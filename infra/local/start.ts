import { inspect, parseArgs } from 'node:util';
import { CannotStart } from './cannotStart.ts';
import { demoOwner } from './organization.ts';
import { type LocalStack, type LocalStackOptions, startLocalStack } from './stack.ts';

/** `npm start`: the local stack in the foreground, until Ctrl-C. */
async function run(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2), process.env);
  const starting = startLocalStack(options);
  const end = async (exitCode: number) => {
    const stack = await starting;
    await stack.stop();
    process.exit(exitCode);
  };
  onEnd(() => void end(0));
  const stack = await starting;
  console.log(`ready ${stack.url}\n${guide(stack, options)}`);
  const reason = await stack.failed;
  console.error(reason);
  await end(1);
}

function optionsFrom(args: string[], env: NodeJS.ProcessEnv): LocalStackOptions {
  const port = Number(env.PORT || 3000);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new CannotStart(`PORT must be a number from 0 to 65535, not ${env.PORT}.`);
  }
  return {
    port,
    dataDir: env.DATA_DIR || '.local',
    empty: flagsIn(args).empty,
    dynamodbEndpoint: env.DYNAMODB_ENDPOINT || undefined,
    engineBinary: env.DYNOXIDE || undefined,
    otherHosts: (env.ALLOWED_HOSTS ?? '').split(',').flatMap((name) => name.trim() || []),
  };
}

function flagsIn(args: string[]): { empty: boolean } {
  try {
    return parseArgs({ args, options: { empty: { type: 'boolean', default: false } } }).values;
  } catch (cause) {
    throw new CannotStart('Usage: npm start [-- --empty]', { cause });
  }
}

/** npm passes Ctrl-C on, so one key press arrives twice; only after this time it is a second one. */
const oneSignalMilliseconds = 500;

/**
 * Ctrl-C, SIGTERM, and the death of npm: a killed npm takes nobody with it, and the stack that it leaves behind would
 * hold the port and the data. A second signal ends at once.
 */
function onEnd(end: () => void): void {
  let endingSince: number | undefined;
  const once = () => {
    if (endingSince === undefined) end();
    else if (performance.now() - endingSince > oneSignalMilliseconds) process.exit(1);
    endingSince ??= performance.now();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, once);
  if (process.env.npm_lifecycle_event === undefined) return;
  const npm = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(watch);
    once();
  }, 250);
}

function guide({ url, logFile }: LocalStack, { empty, dataDir }: LocalStackOptions): string {
  const login = empty
    ? { sub: 'support', scope: 'workspaces/support' }
    : { sub: demoOwner.sub, email: demoOwner.email };
  const call = empty
    ? `curl -s ${url}/v1/admin/organizations -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"name":"My organization","owner":{"email":"me@example.com"}}'`
    : `curl -s ${url}/v1/workspaces -H "authorization: Bearer $TOKEN"`;
  return `
  Call it as ${empty ? 'support' : 'the owner of the demo organization'}:
  TOKEN=$(curl -s ${url}/local/token -H 'content-type: application/json' \\
    -d '${JSON.stringify(login)}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')
  ${call}

  API reference   ${url}/docs
  Emails, events  ${url}/local/mailbox  ${url}/local/events
  Data            ${dataDir === ':memory:' ? 'in memory, gone at the end' : dataDir}
  Log             ${logFile}
`;
}

run().catch((error: unknown) => {
  console.error(error instanceof CannotStart ? error.message : inspect(error));
  process.exit(1);
});
