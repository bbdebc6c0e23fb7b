import type { RequestListener } from 'node:http';
import { frontOf, type LocalEndpoint } from '../../../infra/local/front.ts';

/** The local front without the API behind it. */
export function endpointsAlone(endpoints: LocalEndpoint[]): RequestListener {
  return frontOf({
    routes: [],
    endpoints,
    invoke: async () => ({ statusCode: 404 }),
    authorize: async () => {
      throw new Error('No route asks for a token.');
    },
    log: (message, cause) => process.stderr.write(`${message}: ${String(cause)}\n`),
  });
}
