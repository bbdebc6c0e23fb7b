import { partialDeepStrictEqual } from 'node:assert/strict';
import { inspect } from 'node:util';

/** Who calls: a login of the local issuer, and what they are in the story. */
export type Player = { login: { sub: string; email?: string; name?: string; scope?: string }; part: string };

export type Asked = {
  by: Player;
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
};

/** What must come back: the status, and these members of the body among others. */
export type Expected = { status: number; body?: Record<string, unknown> };

export type Stage = {
  /** Begins a step: what happens, and in one line why it matters. */
  step(title: string, why: string): void;
  /** Sends a request, prints it with its answer, and gives the body; throws when another answer was expected. */
  call<Body>(asked: Asked, expected: Expected): Promise<Body>;
  /** The token of the newest invitation in somebody's mail. */
  mailedToken(player: Player): Promise<string>;
  /** The titles of all steps. */
  shown(): readonly string[];
};

/** The demo's view of a local stack at `url`: every request and every answer goes to `print`, shortened. */
export function stageAt(url: string, print: (text: string) => void): Stage {
  const titles: string[] = [];
  return {
    step(title, why) {
      titles.push(title);
      print(`\n${titles.length}. ${title}\n   ${why}\n`);
    },
    async call<Body>(asked: Asked, expected: Expected) {
      const { by, method, path, body } = asked;
      print(
        indented(
          `${method} ${shortIds(path)}   (${by.part})${body === undefined ? '' : `\n${shortened(body)}`}`,
          3,
        ),
      );
      const answer = await send(url, asked, await accessToken(url, by));
      print(
        indented(`→ ${answer.status}${answer.body === undefined ? '' : ` ${shortened(answer.body)}`}`, 5),
      );
      refuseUnexpected(asked, answer, expected);
      // The stories say what they ask for.
      return answer.body as Body;
    },
    async mailedToken({ login }) {
      const mails = await fetch(`${url}/local/mailbox?to=${encodeURIComponent(login.email ?? '')}`);
      const { items } = (await mails.json()) as { items: { token: string }[] };
      const [newest] = items;
      if (!newest) throw new Error(`There is no mail for ${login.name}.`);
      return newest.token;
    },
    shown: () => titles,
  };
}

type Answer = { status: number; body: unknown };

/** Asked for again each time: a token names the organization, and that changes when an invitation is accepted. */
async function accessToken(url: string, { login }: Player): Promise<string> {
  const issued = await fetch(`${url}/local/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
  });
  return ((await issued.json()) as { accessToken: string }).accessToken;
}

async function send(url: string, { method, path, body }: Asked, token: string): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

function refuseUnexpected({ method, path }: Asked, answer: Answer, { status, body }: Expected): void {
  const told = `${method} ${path} was to answer ${status}`;
  if (answer.status !== status) throw new Error(`${told}, and answered ${answer.status}.`);
  if (body === undefined) return;
  try {
    partialDeepStrictEqual(answer.body, body);
  } catch (cause) {
    throw new Error(`${told} with ${inspect(body, { depth: 6 })}.`, { cause });
  }
}

const secrets = new Set(['token', 'credentials', 'accessToken', 'link', 'text']);
/** Members that every answer has and no reader of the story needs. */
const noise = new Set(
  (
    'createdAt createdBy updatedAt version type requestId nextCursor lastAuthorizedBy lastAuthorizedAt title roles ' +
    'businessAccount otherWorkspaceCount expiresAt eventId addedAt addedBy organizationRole originWorkspaceId'
  ).split(' '),
);
const mostItems = 4;

/** For reading: secrets masked, ids by five letters, long lists cut. */
function shortened(value: unknown): string {
  return laidOut(readable(value));
}

const longestLine = 120;

/** On one line what fits there, else one line a member. */
function laidOut(value: unknown, column = 0): string {
  const line = inspect(value, {
    depth: 8,
    breakLength: Number.POSITIVE_INFINITY,
    compact: 9,
    maxStringLength: 160,
  });
  if (line.length + column <= longestLine || typeof value !== 'object' || value === null) return line;
  const isList = Array.isArray(value);
  const members = Object.entries(value).map(([name, member]) => {
    const label = isList ? '' : `${name}: `;
    return `${' '.repeat(column + 2)}${label}${laidOut(member, column + 2)}`;
  });
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${members.join(',\n')}\n${' '.repeat(column)}${close}`;
}

function readable(value: unknown): unknown {
  if (typeof value === 'string') return shortIds(value);
  if (Array.isArray(value)) {
    const more = value.length - mostItems;
    return [...value.slice(0, mostItems).map(readable), ...(more > 0 ? [`… ${more} more`] : [])];
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !noise.has(name))
      .map(([name, member]) => [name, secrets.has(name) ? '(secret)' : readable(member)]),
  );
}

/** The last letters of an id's first part: a copy's id goes on with its origin's. */
function shortIds(text: string): string {
  return text.replace(/\b(org|usr|wsp|con|inv|opr|evt)_[0-9a-z]{21}([0-9a-z]{5})[0-9a-z]*/g, '$1_…$2');
}

function indented(text: string, columns: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(columns));
}
