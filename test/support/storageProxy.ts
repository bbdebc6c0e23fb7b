import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/**
 * What happens to calls to the storage: an answer 500 or a reset connection without the call, a reset after it (the
 * answer is lost), or a pause before it.
 */
export type StorageFault = {
  kind: 'error' | 'reset' | 'lost' | 'slow';
  /** Only calls whose body has this text, such as a partition key; left out: all. */
  about?: string;
};

export type StorageProxy = {
  url: string;
  /** From now on. */
  setFault(fault: StorageFault | undefined): void;
  /** How many calls have met a fault. */
  injected(): number;
  close(): Promise<void>;
};

const slowMilliseconds = 1_500;

/** Stands in front of a DynamoDB and spoils calls when it is told to. */
export async function openStorageProxy(engineUrl: string, port = 0): Promise<StorageProxy> {
  const agent = new Agent({ keepAlive: true });
  let fault: StorageFault | undefined;
  let injected = 0;
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await bodyOf(incoming);
    const kind = fault && (!fault.about || body.includes(fault.about)) ? fault.kind : undefined;
    if (kind) injected += 1;
    if (kind === 'reset') return void incoming.socket.destroy();
    if (kind === 'error') return void outgoing.writeHead(500, errorHeaders).end(errorBody);
    if (kind === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMilliseconds));
    const { method = 'POST', url = '/', headers } = incoming;
    const forwarded = request(`${engineUrl}${url}`, { method, headers, agent }, (answer) => {
      if (kind === 'lost') {
        answer.resume().once('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => incoming.socket.destroy());
    forwarded.end(body);
  };
  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`,
    setFault(next) {
      fault = next;
    },
    injected: () => injected,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const errorHeaders = { 'content-type': 'application/x-amz-json-1.0' };
const errorBody = JSON.stringify({
  __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
  message: 'as asked',
});
