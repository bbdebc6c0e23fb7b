import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { timeoutSecondsOf } from '../timeouts.ts';
import { jwtAuthorizer } from './authorizer.ts';
import { type Backend, deployedBackend } from './backend.ts';
import { explained } from './cannotStart.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type DataDirectory, openDataDirectory } from './dataDirectory.ts';
import { openDeadLetters } from './deadLetters.ts';
import { functionEnvironment } from './environment.ts';
import { frontOf } from './front.ts';
import { type Functions, startFunctions } from './functions.ts';
import { clientId, openIssuer } from './issuer.ts';
import { listen } from './listener.ts';
import { type Log, openLog } from './log.ts';
import { mailboxEndpoints } from './mailbox.ts';
import { ensureDemoOrganization } from './organization.ts';
import { openStorage, prepareStorage, type Storage } from './storage.ts';
import { pollStream, type StreamPoller } from './stream.ts';
import { engineConfig } from './table.ts';
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
  /** Another binary of the embedded one. */
  engineBinary?: string | undefined;
  /** Names by which the stack may be called, beside those of this machine. */
  otherHosts?: readonly string[];
};

export type LocalStack = {
  url: string;
  /** Where the functions write their log lines. */
  logFile: string;
  /** Resolves, with the reason, when the stack cannot go on: its database can't be started, its disk is full. */
  failed: Promise<string>;
  /** Finishes what is under way, then ends everything. */
  stop(): Promise<void>;
};

type Closing = (() => void | Promise<void>)[];

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
    throw explained(error);
  }
}

async function start(
  options: LocalStackOptions,
  backend: Backend,
  closing: Closing,
): Promise<Omit<LocalStack, 'stop'>> {
  const directory = await openDataDirectory(options.dataDir);
  closing.push(directory.close);
  const { output, log, failed: logFailed, close } = openLog(directory.log);
  closing.push(close);
  const listener = await listen(options.port);
  closing.push(listener.stop);
  const storage = await openStorage(options, directory, log);
  closing.push(storage.stop);
  const streamArn = await prepareStorage(storage, directory);
  const place = { directory, endpoint: storage.endpoint, url: listener.url };
  const functions = startFunctions({
    modules: backend.modules,
    environment: functionEnvironment(process.env, place),
    output,
  });
  closing.push(functions.stop);
  const stream = await openStream({ backend, directory, storage, streamArn, functions, log }, closing);
  closing.push(stream.stop);
  const run = async (name: string) => void (await functions.invoke(name, {}, timeoutMillisecondsOf(name)));
  for (const { name, everyMilliseconds } of backend.schedules)
    closing.push(repeat(everyMilliseconds, () => run(name).catch((cause) => log(name, cause))));
  const rotate = () => directory.rotate().catch((cause) => log('files could not be rotated', cause));
  closing.push(repeat(rotationMilliseconds, rotate));
  const issuer = await openIssuer(listener.url, directory.issuer);
  listener.serve(
    frontOf({
      routes: backend.routes,
      invoke: (group, event) =>
        functions.invoke(group, event, timeoutMillisecondsOf(group)).finally(stream.nudge),
      authorize: jwtAuthorizer({ issuer: issuer.url, audience: clientId, keys: issuer.keys }),
      endpoints: [
        ...issuerEndpoints(issuer, backend.organizationResolver(storage.endpoint)),
        ...mailboxEndpoints(directory, stream.caughtUp),
      ],
      otherHosts: options.otherHosts ?? [],
      log,
    }),
  );
  // Once more, to be the first that is closed: what is under way needs all the rest.
  closing.push(listener.stop);
  if (!options.empty) await ensureDemoOrganization(listener.url);
  const failed = Promise.race([storage.failed, logFailed]);
  return { url: listener.url, logFile: directory.log, failed };
}

/** As deployed. */
const timeoutMillisecondsOf = (name: string) => 1_000 * timeoutSecondsOf(name);

const rotationMilliseconds = 5_000;
const redeliveryMilliseconds = 60_000;

/** Does it again and again; gives what ends that. */
function repeat(milliseconds: number, work: () => Promise<unknown>): () => void {
  const timer = setInterval(work, milliseconds);
  return () => clearInterval(timer);
}

type StreamSource = {
  backend: Backend;
  directory: DataDirectory;
  storage: Storage;
  streamArn: string;
  functions: Functions;
  log: Log;
};

async function openStream(source: StreamSource, closing: Closing): Promise<StreamPoller> {
  const { backend, directory, storage, streamArn, functions, log } = source;
  const { consumers } = backend;
  const kept = await openCheckpoint(directory.checkpoint, streamArn);
  const trimmed = storage.isEmbedded ? trimming(kept, directory.table) : undefined;
  closing.push(() => trimmed?.close());
  const invoke: Parameters<typeof pollStream>[0]['invoke'] = (name, records) =>
    functions.invoke(name, { Records: records }, timeoutMillisecondsOf(name));
  const deadLetters = openDeadLetters({ path: directory.deadLetters, consumers, invoke, log });
  const deliverAgain = () =>
    deadLetters.deliverAgain().catch((cause) => log('dead letters could not be delivered again', cause));
  void deliverAgain();
  closing.push(repeat(redeliveryMilliseconds, deliverAgain));
  return pollStream({
    streams: new DynamoDBStreamsClient(engineConfig(storage.endpoint)),
    streamArn,
    checkpoint: trimmed ?? kept,
    consumers,
    invoke,
    storageFailures: functions.storageFailures,
    deadLetter: deadLetters.add,
    log,
  });
}
