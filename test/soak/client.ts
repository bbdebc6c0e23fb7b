import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Tally } from './tally.ts';

export type Login = { sub: string; email?: string; name?: string; scope?: string };

export type Reply = { status: number; text: string; retryAfter: string | null };

export type Client = {
  login: Login;
  /**
   * Sends until there is an answer that says what happened: a write with one Idempotency-Key, again and again while there
   * is no answer, or 429, 500 or 503.
   */
  send(method: string, path: string, body?: unknown): Promise<Reply>;
  /** The same, for what must succeed; its body. */
  make<Body>(method: string, path: string, body?: unknown): Promise<Body>;
  /** With a new token, for what has changed about the login. */
  renew(): void;
};

export type ClientOptions = { url: string; tally: Tally; random: Random };

/** The run can't go on for this caller: no answer for longer than any fault lasts, or one that makes no sense. */
export class GaveUp extends Error {
  override readonly name = 'GaveUp';
}

const requestMilliseconds = 40_000;
const patienceMilliseconds = 240_000;
const tokenMilliseconds = 20 * 60_000;

export function clientOf(options: ClientOptions, login: Login): Client {
  let token: { value: string; until: number } | undefined;
  const bearer = async (): Promise<string> => {
    if (!token || token.until < performance.now()) {
      const { text } = await settled(options, 'POST', '/local/token', {}, login);
      const { accessToken } = JSON.parse(text) as { accessToken: string };
      token = { value: accessToken, until: performance.now() + tokenMilliseconds };
    }
    return token.value;
  };
  const send: Client['send'] = async (method, path, body) => {
    const headers: Record<string, string> = { authorization: `Bearer ${await bearer()}` };
    if (method !== 'GET') headers['idempotency-key'] = randomUUID();
    return settled(options, method, path, headers, body);
  };
  return {
    login,
    send,
    async make<Body>(method: string, path: string, body?: unknown): Promise<Body> {
      const { status, text } = await send(method, path, body);
      if (status >= 300) throw new GaveUp(`${method} ${path} answered ${status}: ${text.slice(0, 300)}`);
      return (text === '' ? undefined : JSON.parse(text)) as Body;
    },
    renew() {
      token = undefined;
    },
  };
}

async function settled(
  { url, tally, random }: ClientOptions,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<Reply> {
  const request = `${method} ${shapeOf(path)}`;
  const end = performance.now() + patienceMilliseconds;
  for (let attempt = 0; performance.now() < end; attempt++) {
    const reply = await once(`${url}${path}`, { method, headers, body });
    tally.answered(request, reply.status);
    if (reply.status >= 500 && !isTryAgain(reply)) {
      tally.violation(`${request} answered ${reply.status}: ${reply.text}`);
    }
    const isFinal = reply.status > 0 && reply.status < 500 && reply.status !== 429;
    if (isFinal) return reply;
    await pause(random.between(100, Math.min(3_000, 200 * 2 ** attempt)));
  }
  throw new GaveUp(`${request} had no final answer for ${patienceMilliseconds / 1_000} s`);
}

/** Until it is ready the stack answers 503 without a body. */
function isTryAgain({ status, text, retryAfter }: Reply): boolean {
  return status === 503 && retryAfter !== null && (text === '' || text.includes('"try_again"'));
}

async function once(
  url: string,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: unknown },
): Promise<Reply> {
  try {
    const answer = await fetch(url, {
      method,
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestMilliseconds),
    });
    return {
      status: answer.status,
      text: await answer.text(),
      retryAfter: answer.headers.get('retry-after'),
    };
  } catch {
    return { status: 0, text: '', retryAfter: null };
  }
}

/** `/v1/workspaces/{}/members/{}` */
function shapeOf(path: string): string {
  return (path.split('?')[0] ?? '').replaceAll(/\b[a-z]{3}_[0-9A-Za-z]+/g, '{}');
}

/** Every item of a list, page by page. */
export async function walk<Item>(client: Client, path: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = `limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { items: Item[]; nextCursor: string | null } = await client.make(
      'GET',
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
