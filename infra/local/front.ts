import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { DomainError } from '../../domain/errors.ts';
import { type Answer, refusalAnswer } from './answer.ts';
import type { Authorizer, Jwt } from './authorizer.ts';
import { isPreflight, preflightAnswer, withCors } from './cors.ts';
import { type GatewayEvent, type HttpRequest, splitTarget, toEvent } from './event.ts';
import { FunctionTimeout } from './functions.ts';
import { type Hosts, hostsOf, refusalOf } from './hosts.ts';
import { toAnswer } from './result.ts';
import { type GatewayRoute, type Match, type Router, routerOf } from './routing.ts';

/** What is served beside the API, only locally: tokens, mailbox, the issuer's documents. */
export type LocalEndpoint = {
  method: 'GET' | 'POST';
  path: string;
  answer(request: HttpRequest, requestId: string): Promise<Answer>;
};

export type FrontOptions = {
  routes: readonly GatewayRoute[];
  /** Runs the Lambda function of a group. */
  invoke(group: GatewayRoute['group'], event: GatewayEvent): Promise<unknown>;
  authorize: Authorizer;
  endpoints: readonly LocalEndpoint[];
  /** Names by which the stack may be called, beside those of this machine. */
  otherHosts?: readonly string[];
  log(message: string, cause: unknown): void;
};

/** API Gateway's limit on a request: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const longestBodyBytes = 10 * 1024 * 1024;

/** An HTTP API in front of the functions: HTTP in, payload format 2.0 to the function, HTTP out. */
export function frontOf(options: FrontOptions): RequestListener {
  const router = routerOf(options.routes);
  return (incoming, outgoing) => {
    const requestId = randomUUID();
    read(incoming)
      .then((request) =>
        serve(request, requestId, router, {
          ...options,
          hosts: hostsOf(incoming.socket.localPort, options.otherHosts),
        }),
      )
      .catch((cause: unknown) => failure(cause, requestId, options))
      .then((answer) => write(outgoing, answer))
      .catch((cause: unknown) => outgoing.destroy(cause instanceof Error ? cause : undefined));
  };
}

async function read(incoming: IncomingMessage): Promise<HttpRequest | 'too large'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const piece: Buffer = chunk;
    bytes += piece.length;
    if (bytes <= longestBodyBytes) chunks.push(piece);
  }
  if (bytes > longestBodyBytes) return 'too large';
  return {
    method: incoming.method ?? 'GET',
    target: incoming.url ?? '/',
    protocol: `HTTP/${incoming.httpVersion}`,
    headers: incoming.headersDistinct,
    body: Buffer.concat(chunks),
    sourceIp: incoming.socket.remoteAddress ?? '127.0.0.1',
  };
}

async function serve(
  request: HttpRequest | 'too large',
  requestId: string,
  router: Router,
  options: FrontOptions & { hosts: Hosts },
): Promise<Answer> {
  if (request === 'too large') return refusalAnswer(tooLarge, requestId);
  const { rawPath } = splitTarget(request.target);
  const local = options.endpoints.filter((endpoint) => endpoint.path === rawPath);
  const isLocalEndpoint = local.length > 0;
  const refused = refusalOf(request, { hosts: options.hosts, isLocalEndpoint });
  if (refused) return refusalAnswer(refused, requestId);
  if (isPreflight(request)) return withCors(preflightAnswer(request), request, isLocalEndpoint);
  const answer = isLocalEndpoint
    ? serveLocally(request, requestId, local)
    : serveByFunction(request, requestId, router(request.method, rawPath), options);
  return withCors(
    await answer.catch((cause) => failure(cause, requestId, options)),
    request,
    isLocalEndpoint,
  );
}

async function serveLocally(
  request: HttpRequest,
  requestId: string,
  endpoints: readonly LocalEndpoint[],
): Promise<Answer> {
  const endpoint = endpoints.find(({ method }) => method === request.method);
  if (endpoint) return endpoint.answer(request, requestId);
  const allow = endpoints.map(({ method }) => method).join(', ');
  return refusalAnswer(
    { code: 'method_not_allowed', detail: `Only ${allow} here.`, headers: { allow } },
    requestId,
  );
}

/** What no route matches goes to the public function, without a token: it knows how to say 404 and 405. */
async function serveByFunction(
  request: HttpRequest,
  requestId: string,
  match: Match,
  { authorize, invoke }: FrontOptions,
): Promise<Answer> {
  let jwt: Jwt | undefined;
  if (match.route && match.route.access !== 'anyone') {
    const verdict = await authorize(request.headers.authorization?.join(','), match.route);
    if ('refused' in verdict) return refusalAnswer(verdict.refused, requestId);
    jwt = verdict.jwt;
  }
  const event = toEvent(request, match, { requestId, at: new Date(), jwt });
  return toAnswer(await invoke(match.route?.group ?? 'public', event));
}

function failure(cause: unknown, requestId: string, { log }: Pick<FrontOptions, 'log'>): Answer {
  // What the domain refuses by itself, as when the storage is away while a token is made.
  if (cause instanceof DomainError) {
    return refusalAnswer({ code: cause.code, detail: cause.message }, requestId);
  }
  log(`request ${requestId} failed`, cause);
  return refusalAnswer(cause instanceof FunctionTimeout ? timedOut : crashed, requestId);
}

const tooLarge = {
  code: 'payload_too_large',
  detail: 'A request may have at most 10 MB.',
} as const;

const crashed = {
  code: 'internal_error',
  detail: 'Something went wrong on our side.',
} as const;

const timedOut = {
  code: 'try_again',
  detail: 'This took too long and may still be carried out; repeat it with its Idempotency-Key.',
} as const;

function write(outgoing: ServerResponse, { status, headers, body }: Answer): void {
  outgoing.writeHead(
    status,
    status === 204 ? headers : { ...headers, 'content-length': Buffer.byteLength(body) },
  );
  outgoing.end(outgoing.req.method === 'HEAD' ? undefined : body);
}
