import { createWriteStream, type WriteStream } from 'node:fs';
import { inspect } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { jwtAuthorizer } from './authorizer.ts';
import { type Backend, deployedBackend } from './backend.ts';
import { openCheckpoint } from './checkpoint.ts';
import { feed } from './consumers.ts';
import { type DataDirectory, openDataDirectory } from './dataDirectory.ts';
import { startEngine } from './dynoxide.ts';
import { functionEnvironment, tableName } from './environment.ts';
import { appendLine } from './files.ts';
import { frontOf } from './front.ts';
import { startFunctions } from './functions.ts';
import { clientId, openIssuer } from './issuer.ts';
import { listen } from './listener.ts';
import { released } from './lock.ts';
import { mailboxEndpoints } from './mailbox.ts';
import { ensureDemoOrganization } from './organization.ts';
import { pollStream, type StreamPoller } from './stream.ts';
import { engineConfig, ensureTable } from './table.ts';
import { issuerEndpoints } from './token.ts';
import { trimming } from './trimming.ts';

export type LocalStackOptions = {
  /** 0 takes a free one. */
  port: number;
  /** A directory, or `:memory:` to keep nothing. */
  dataDir: string;
  /** Without the demo organization. */
  empty: boolean;
  /** Another DynamoDB than the embedded one. */
  dynamodbEndpoint?: string | undefined;
};

export type LocalStack = {
  url: string;
  /** Where the functions write their log lines. */
  logFile: string;
  /** Resolves, with the reason, when the stack cannot go on: its database has died. */
  failed: Promise<string>;
  /** Finishes what is under way, then ends everything. */
  stop(): Promise<void>;
};

type Closing = (() => Promise<void>)[];
type Log = (message: string, cause: unknown) => void;

/**
 * The whole backend on this machine: the deployed Lambda handlers behind an HTTP API front, an embedded DynamoDB with
 * its stream, an issuer of tokens and a mailbox. A start that fails leaves nothing running.
 */
export async function startLocalStack(
  options: LocalStackOptions,
  backend: Backend = deployedBackend,
): Promise<LocalStack> {
  const closing: Closing = [];
  const stop = async () => {
    for (let close = closing.pop(); close; close = closing.pop()) await close();
  };
  try {
    return { ...(await start(options, backend, closing)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: LocalStackOptions,
  backend: Backend,
  closing: Closing,
): Promise<Omit<LocalStack, 'stop'>> {
  await released(options.dataDir);
  const listener = await listen(options.port);
  closing.push(listener.stop);
  const directory = await openDataDirectory(options.dataDir);
  closing.push(directory.close);
  const { output, log } = openLog(directory, closing);
  const { endpoint, failed } = await openEngine(options, directory, closing);
  const place = { directory, endpoint, url: listener.url };
  const functions = startFunctions({
    modules: backend.modules,
    environment: functionEnvironment(process.env, place),
    output,
  });
  closing.push(functions.stop);
  const isEmbedded = options.dynamodbEndpoint === undefined;
  const invoke: StreamSource['invoke'] = (records) =>
    feed(backend.consumers, records, (name, theirs) =>
      functions.invoke(name, { Records: theirs }, batchTimeoutMilliseconds),
    );
  const stream = await openStream({ endpoint, isEmbedded, invoke }, directory, log, closing);
  closing.push(stream.stop);
  for (const { name, everyMilliseconds } of backend.schedules) {
    const run = () => functions.invoke(name, {}, batchTimeoutMilliseconds).catch((cause) => log(name, cause));
    const timer = setInterval(run, everyMilliseconds);
    closing.push(async () => clearInterval(timer));
  }
  const issuer = await openIssuer(listener.url, directory.issuer);
  listener.serve(
    frontOf({
      routes: backend.routes,
      invoke: (group, event) =>
        functions.invoke(group, event, requestTimeoutMilliseconds).finally(stream.nudge),
      authorize: jwtAuthorizer({ issuer: issuer.url, audience: clientId, keys: issuer.keys }),
      endpoints: [
        ...issuerEndpoints(issuer, backend.organizationResolver(endpoint)),
        ...mailboxEndpoints(directory, stream.caughtUp),
      ],
      log,
    }),
  );
  // Once more, to be the first that is closed: what is under way needs all the rest.
  closing.push(listener.stop);
  if (!options.empty) await ensureDemoOrganization(listener.url);
  return { url: listener.url, logFile: directory.log, failed };
}

/** How long an HTTP function and the stream handler may take, as deployed. */
const requestTimeoutMilliseconds = 30_000;
const batchTimeoutMilliseconds = 60_000;

function openLog(directory: DataDirectory, closing: Closing): { output: WriteStream; log: Log } {
  const output = createWriteStream(directory.log, { flags: 'a', mode: 0o600 });
  closing.push(() => new Promise((resolve) => output.end(() => resolve())));
  return { output, log: (message, cause) => output.write(`${message}: ${inspect(cause)}\n`) };
}

async function openEngine(
  { dynamodbEndpoint }: LocalStackOptions,
  { table }: DataDirectory,
  closing: Closing,
): Promise<{ endpoint: string; failed: Promise<string> }> {
  if (dynamodbEndpoint !== undefined) return { endpoint: dynamodbEndpoint, failed: new Promise(() => {}) };
  const { endpoint, ended, stop } = await startEngine({ dbPath: table });
  let stopping = false;
  closing.push(async () => {
    stopping = true;
    await stop();
  });
  const failed = new Promise<string>((resolve) => {
    void ended.then((lastWords) => stopping || resolve(`The embedded DynamoDB has ended: ${lastWords}.`));
  });
  return { endpoint, failed };
}

type StreamSource = {
  endpoint: string;
  isEmbedded: boolean;
  invoke(records: readonly DynamoDBRecord[]): Promise<unknown>;
};

async function openStream(
  { endpoint, isEmbedded, invoke }: StreamSource,
  directory: DataDirectory,
  log: Log,
  closing: Closing,
): Promise<StreamPoller> {
  const streamArn = await ensureTable(new DynamoDBClient(engineConfig(endpoint)), tableName);
  const kept = await openCheckpoint(directory.checkpoint, streamArn);
  const trimmed = isEmbedded ? trimming(kept, directory.table) : undefined;
  closing.push(async () => trimmed?.close());
  return pollStream({
    streams: new DynamoDBStreamsClient(engineConfig(endpoint)),
    streamArn,
    checkpoint: trimmed ?? kept,
    invoke,
    deadLetter: (record) => appendLine(directory.deadLetters, { at: new Date().toISOString(), record }),
    log,
  });
}
