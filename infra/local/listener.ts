import { createServer, type RequestListener } from 'node:http';
import { CannotStart } from './cannotStart.ts';

export type Listener = {
  /** `http://localhost:<port>` */
  url: string;
  /** From now on requests go there. */
  serve(front: RequestListener): void;
  /** Takes no more requests and lets those under way finish, five seconds at most. May be called again. */
  stop(): Promise<void>;
};

const patienceMilliseconds = 5_000;

/** Longer than clients keep a connection, so that none is closed under a request that is being sent. */
const idleMilliseconds = 75_000;

/** Takes the port first of all, as the address is part of what everything else is told. Until `serve` it answers 503. */
export async function listen(port: number): Promise<Listener> {
  let front: RequestListener = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end();
  const server = createServer({ keepAliveTimeout: idleMilliseconds }, (request, response) =>
    front(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(explained(cause, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://localhost:${taken}`,
    serve: (next) => {
      front = next;
    },
    stop: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => server.closeAllConnections(), patienceMilliseconds);
        server.close(() => [clearTimeout(timer), resolve()]);
      }),
  };
}

function explained(cause: Error, port: number): Error {
  if (!('code' in cause) || cause.code !== 'EADDRINUSE') return cause;
  return new CannotStart(`Port ${port} is in use: stop what listens there, or set PORT to another one.`, {
    cause,
  });
}
