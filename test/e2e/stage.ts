import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Document, type Exchange, faultsOf } from './contract.ts';
import type { Problem } from './shapes.ts';
import { type Login, openTarget, run, type Target } from './target.ts';

export type Answer<Body> = { status: number; headers: Headers; body: Body; text: string };

export type Sent = { body?: unknown; headers?: Record<string, string> };

/** Somebody who calls the API. */
export type Caller = {
  call<Body = unknown>(method: string, path: string, sent?: Sent): Promise<Answer<Body>>;
  get<Body = unknown>(path: string, headers?: Record<string, string>): Promise<Answer<Body>>;
  /** The body of an answer; throws unless it is a success. */
  read<Body>(path: string): Promise<Body>;
  post<Body = unknown>(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer<Body>>;
  /** What a POST made; throws unless it is a success. */
  make<Body>(path: string, body: unknown): Promise<Body>;
  patch<Body = unknown>(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer<Body>>;
  put<Body = unknown>(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer<Body>>;
  delete<Body = unknown>(path: string, headers?: Record<string, string>): Promise<Answer<Body>>;
  /** From now on with a new token, for what has changed about them. */
  renew(): void;
};

/** A target for the tests of one file, with what they did to it. */
export type Stage = {
  target: Target;
  /** Calls with this token, or with none. */
  withToken(token: string | undefined): Caller;
  as(login: Login): Caller;
  /** Of a fresh client for each call, unless it is given. */
  support(): Caller;
  service(scope: 'credentials.read' | 'authorization.write'): Caller;
  /** A number that no other test of the file has. */
  count(): number;
  /** An address that nobody else has. */
  email(name: string): string;
  /** Part of all credentials of the file: must never be seen again, except by a service. */
  canary: string;
  /** What must never be logged. */
  secrets: Set<string>;
};

type Played = Stage & { faults: Set<string>; document: Document };

/**
 * The tests of one file on a target of their own. Two tests come last: every answer of all others was as the API
 * describes itself, and nothing secret of all that was sent is in the log.
 */
export function onStage(
  title: string,
  define: (stage: Stage) => void,
  open: () => Promise<Target> = openTarget,
): void {
  describe(title, () => {
    const played = {
      secrets: new Set<string>(),
      faults: new Set<string>(),
      canary: `canary-${run}`,
    } as Played;
    beforeAll(async () => {
      Object.assign(played, await begin(played, await open()));
    });
    afterAll(() => played.target?.close());
    define(played);

    test('every answer was one that the API describes', () => {
      expect([...played.faults]).toEqual([]);
    });

    test('no token, credential or email of all this is in the log', async () => {
      const log = await played.target.log();
      expect(log).toContain('"operation":');
      const logged = [played.canary, ...played.secrets].filter((secret) => log.includes(secret));
      expect(logged).toEqual([]);
    });
  });
}

async function begin(played: Played, target: Target): Promise<Partial<Played>> {
  let counted = 0;
  const support = callerOf(played, () => tokenOf({ client: `support-${run}`, scope: 'workspaces/support' }));
  const tokenOf = async (login: Login): Promise<string> => {
    const token = await target.token(login);
    played.secrets.add(token);
    return token;
  };
  const document = await (await fetch(`${target.url}/v1/openapi.json`)).json();
  return {
    target,
    document: document as Document,
    withToken: (token) => callerOf(played, async () => token),
    as: (login) => callerOf(played, () => tokenOf(login)),
    support: () => support,
    service: (scope) =>
      callerOf(played, () => tokenOf({ client: `extractor-${run}`, scope: `workspaces/${scope}` })),
    count: () => ++counted,
    email(name) {
      const plain = name
        .normalize('NFKD')
        .toLowerCase()
        .replaceAll(/[^a-z]+/g, '');
      const address = `${plain}.${++counted}.${run}@e2e.example`;
      played.secrets.add(address);
      return address;
    },
  };
}

function callerOf(played: Played, newToken: () => Promise<string | undefined>): Caller {
  let token: Promise<string | undefined> | undefined;
  const call = async <Body>(method: string, path: string, { body, headers }: Sent = {}) => {
    token ??= newToken();
    const bearer = await token;
    const response = await fetch(`${played.target.url}${path}`, {
      method,
      headers: {
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
      }),
    });
    const exchange = await readAnswer(response, { method, path }, played.target);
    for (const fault of faultsOf(exchange, played.document, played.canary)) played.faults.add(fault);
    if (response.status === 500) played.faults.add(await logged(played.target, exchange.headers));
    // The test says what it asked for; the contract of the route was checked above.
    const isJson = /\bjson\b/.test(exchange.headers.get('content-type') ?? '');
    const { text } = exchange;
    return { ...exchange, body: (isJson && text !== '' ? JSON.parse(text) : undefined) as Body };
  };
  const succeed = async <Body>(answering: Promise<Answer<Body>>): Promise<Body> => {
    const { status, text, body } = await answering;
    if (status >= 300) throw new Error(`Answered ${status}: ${text}`);
    return body;
  };
  return {
    call,
    get: (path, headers) => call('GET', path, { ...(headers && { headers }) }),
    read: (path) => succeed(call('GET', path)),
    post: (path, body, headers) => call('POST', path, { body, ...(headers && { headers }) }),
    make: (path, body) => succeed(call('POST', path, { body })),
    patch: (path, body, headers) => call('PATCH', path, { body, ...(headers && { headers }) }),
    put: (path, body, headers) => call('PUT', path, { body, ...(headers && { headers }) }),
    delete: (path, headers) => call('DELETE', path, { ...(headers && { headers }) }),
    renew() {
      token = undefined;
    },
  };
}

async function readAnswer(
  response: Response,
  sent: Pick<Exchange, 'method' | 'path'>,
  { isDeployed }: Target,
): Promise<Exchange> {
  const { status, headers } = response;
  const text = await response.text();
  return (isDeployed && refusedByGateway(response, text, sent)) || { ...sent, status, headers, text };
}

/**
 * API Gateway refuses tokens before any function runs, in words of its own that cannot be changed (ADR 0008): read as
 * the problem that the local front answers, so that the suite asks the same of both.
 */
function refusedByGateway(
  { status, headers }: Response,
  text: string,
  sent: Pick<Exchange, 'method' | 'path'>,
): Exchange | undefined {
  const requestId = headers.get('apigw-requestid');
  const code = gatewayRefusals[status];
  if (!code || !requestId || headers.has('x-request-id')) return undefined;
  const { message, ...more } = JSON.parse(text) as { message: string };
  if (Object.keys(more).length > 0) return undefined;
  const problem = { type: `urn:problem:${code}`, title: message, status, detail: message, code, requestId };
  const read = new Headers(headers);
  read.set('content-type', 'application/problem+json');
  read.set('x-request-id', requestId);
  if (status === 401) read.append('www-authenticate', 'Bearer');
  return { ...sent, status, headers: read, text: JSON.stringify(problem) };
}

const gatewayRefusals: Partial<Record<number, string>> = { 401: 'unauthorized', 403: 'forbidden' };

/** What the backend has logged of a request that failed on its side. */
async function logged({ log }: Target, headers: Headers): Promise<string> {
  const lines = (await log()).split('\n');
  const line = lines.find(
    (one) => one.includes(headers.get('x-request-id') ?? '') && one.includes('"stack"'),
  );
  return `500: ${line ?? 'see the log of the backend'}`;
}

/** The problem that an answer is; fails the test unless it has this status and code. */
export function refused(answer: Answer<unknown>, status: number, code: string): Problem {
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status, body: { status, code } });
  return answer.body as Problem;
}
