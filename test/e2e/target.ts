import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { startLocalStack } from '../../infra/local/stack.ts';

/** A person signs in by email, a machine by its scopes. */
export type Login =
  | { email: string; name?: string; organizationId?: string }
  | { client: string; scope: string };

export type Mail = { to: string; subject: string; text: string; link: string; token: string; at: string };

/** All that the suite knows of what it tests: an API, and what stands beside it. */
export type Target = {
  url: string;
  /** An access token as the identity provider issues it. */
  token(login: Login): Promise<string>;
  /** The mails to an address, newest first. */
  mails(to: string): Promise<Mail[]>;
  /** What the backend has logged; `undefined` where it can't be read from here. */
  log(): Promise<string | undefined>;
  close(): Promise<void>;
};

/** The stack at `E2E_BASE_URL`, or a local one that lives as long as the test file. */
export async function openTarget(): Promise<Target> {
  const url = process.env.E2E_BASE_URL;
  if (url)
    return {
      ...localDoors(url, process.env.E2E_DOORS_URL ?? url),
      log: async () => undefined,
      close: async () => {},
    };
  const stack = await startLocalStack({ port: 0, dataDir: ':memory:', empty: true });
  return {
    ...localDoors(stack.url, stack.url),
    log: () => readFile(stack.logFile, 'utf8'),
    close: stack.stop,
  };
}

/** Tokens and mails by the local stack's two endpoints; whatever answers them elsewhere can stand at `doorsUrl`. */
export function localDoors(url: string, doorsUrl: string): Pick<Target, 'url' | 'token' | 'mails'> {
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
    async mails(to) {
      const answer = await fetch(`${doorsUrl}/local/mailbox?to=${encodeURIComponent(to)}`);
      return ((await answer.json()) as { items: Mail[] }).items;
    },
  };
}

function personBody({ email, name, organizationId }: Extract<Login, { email: string }>) {
  return {
    sub: `login-${Buffer.from(email.toLowerCase()).toString('hex').slice(0, 100)}`,
    email,
    ...(name && { name }),
    ...(organizationId && { orgId: organizationId }),
  };
}

/** Part of every address and canary of a run, so that runs against one stack never meet. */
export const run = randomUUID().slice(0, 8);
