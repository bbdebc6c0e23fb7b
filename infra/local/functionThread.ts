import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';
import type { Call, Message, ThreadData } from './functions.ts';

type Handler = (event: unknown, context: Context) => unknown;

const { modules }: ThreadData = workerData;
const handlers = new Map<string, Promise<Handler>>();

parentPort?.on('message', (call: Call) => {
  // A call to the storage that was cut off is seen a turn after the handler has heard of it.
  const running = run(call).finally(() => nextTurn());
  running.then(
    (result) => say({ id: call.id, result }),
    (cause: unknown) => {
      console.error(`${call.name} threw:`, cause);
      say({ id: call.id, failure: `${call.name} threw` });
    },
  );
});

function say(message: Message): void {
  parentPort?.postMessage(message);
}

/*
 * The handlers do not know that they run locally, so it is seen from outside whether the storage failed under them. It
 * is the only thing that they call here: https://nodejs.org/api/diagnostics_channel.html#http
 */
subscribe('http.client.request.error', () => say('storage failed'));
subscribe('http.client.response.finish', (message) => {
  // The types of the channels say `unknown`; what they carry is documented.
  const { response } = message as { response: IncomingMessage };
  if ((response.statusCode ?? 0) >= 500) say('storage failed');
});

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const longestResultBytes = 6 * 1024 * 1024;

async function run(call: Call): Promise<string> {
  const loaded = handlers.get(call.name) ?? load(call.name);
  handlers.set(call.name, loaded);
  const handler = await loaded;
  const result = JSON.stringify(await handler(JSON.parse(call.event), contextOf(call))) ?? 'null';
  if (Buffer.byteLength(result) > longestResultBytes) throw new Error('Lambda takes no result above 6 MB');
  return result;
}

/** Loaded at the first call, like a cold start: a function that cannot be loaded fails alone. */
async function load(name: string): Promise<Handler> {
  const url = modules[name];
  if (url === undefined) throw new Error(`there is no function ${name}`);
  const loaded: { handler?: Handler } = await import(url);
  if (typeof loaded.handler !== 'function') throw new Error(`${url} exports no handler`);
  return loaded.handler;
}

function contextOf({ name, timeoutMilliseconds }: Call): Context {
  const end = Date.now() + timeoutMilliseconds;
  const retired = () => {
    throw new Error('callbacks are not supported: return a promise');
  };
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
    done: retired,
    fail: retired,
    succeed: retired,
  };
}
