import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inject } from 'vitest';

/** A person signs in by email, a machine by its scopes. */
export type Login =
  | { email: string; name?: string; organizationId?: string }
  | { client: string; scope: string };

export type Mail = { to: string; subject: string; text: string; link: string; token: string; at: string };

/** All that the suite knows of what it tests: an API, and what stands beside it. */
export type Target = {
  url: string;
  /** Behind API Gateway, which refuses tokens in its own words. */
  isDeployed: boolean;
  /** An access token as the identity provider issues it. */
  token(login: Login): Promise<string>;
  /** The mails to an address, newest first, once all that was caused has arrived. */
  mails(to: string): Promise<Mail[]>;
  /** The mails to an address that have arrived by now. */
  arrived(to: string): Promise<Mail[]>;
  /** What was published to the bus, as JSON text. */
  published(): Promise<string>;
  /** What the backend has logged. */
  log(): Promise<string>;
  close(): Promise<void>;
};

/** The stack of the run: see `setup.ts`. */
export async function openTarget(): Promise<Target> {
  const { url, doorsUrl, logFile } = inject('place');
  return {
    ...throughDoors(url, doorsUrl),
    isDeployed: logFile === undefined,
    log: () => (logFile === undefined ? textAt(`${doorsUrl}/local/log`) : readFile(logFile, 'utf8')),
    close: async () => {},
  };
}

/** Tokens, mails and events by the local stack's endpoints, or what answers them at `doorsUrl`. */
export function throughDoors(url: string, doorsUrl: string): Omit<Target, 'log' | 'close' | 'isDeployed'> {
  const mailsAt = async (query: Record<string, string>) => {
    const text = await textAt(`${doorsUrl}/local/mailbox?${new URLSearchParams(query)}`);
    return (JSON.parse(text) as { items: Mail[] }).items;
  };
  return {
    url,
    async token(login) {
      const answer = await fetch(`${doorsUrl}/local/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          'email' in login ? personBody(login) : { sub: login.client, scope: login.scope },
        ),
      });
      if (!answer.ok) throw new Error(`No token: ${answer.status} ${await answer.text()}`);
      return ((await answer.json()) as { accessToken: string }).accessToken;
    },
    mails: (to) => mailsAt({ to }),
    arrived: (to) => mailsAt({ to, settled: 'false' }),
    published: () => textAt(`${doorsUrl}/local/events`),
  };
}

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}.`);
  return answer.text();
}

function personBody({ email, name, organizationId }: Extract<Login, { email: string }>) {
  return {
    sub: `login-${Buffer.from(email.toLowerCase()).toString('hex').slice(0, 100)}`,
    email,
    ...(name && { name }),
    ...(organizationId && { orgId: organizationId }),
  };
}

/** Part of every address and canary of a file, so that files on one stack never meet. */
export const run = randomUUID().slice(0, 8);
