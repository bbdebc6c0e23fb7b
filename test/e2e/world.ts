import { expect, vi } from 'vitest';
import type {
  Accepted,
  Connection,
  Invited,
  Operation,
  OperationSummary,
  Organization,
  Page,
  Role,
  Workspace,
} from './shapes.ts';
import type { Caller, Stage } from './stage.ts';
import type { Mail } from './target.ts';

export type Person = Caller & { userId: string; email: string; name: string };

export type World = { organizationId: string; owner: Person };

/** A fresh organization with its owner, who came in as support invited them. */
export async function anOrganization(
  stage: Stage,
  { name = 'Agency', limits }: { name?: string; limits?: Partial<Organization['limits']> } = {},
): Promise<World> {
  const email = stage.email('owner');
  const { organization } = await stage
    .support()
    .make<{ organization: Organization }>('/v1/admin/organizations', {
      name,
      owner: { email },
      ...(limits && { limits }),
    });
  return { organizationId: organization.organizationId, owner: await comeIn(stage, email, 'Olivia Owner') };
}

/** Somebody who was invited into workspaces of the organization, and accepted. */
export async function aPerson(
  stage: Stage,
  by: Caller,
  roles: Record<string, Role>,
  name = 'Pat Person',
): Promise<Person> {
  const email = stage.email(name);
  const grants = Object.entries(roles).map(([workspaceId, role]) => ({ workspaceId, role }));
  await by.make<Invited>('/v1/invitations', { invitations: [{ email, grants }] });
  return comeIn(stage, email, name);
}

/** Many people of one workspace, invited in bulk. */
export async function people(
  stage: Stage,
  by: Caller,
  workspaceId: string,
  { count, role = 'viewer' }: { count: number; role?: Role },
): Promise<Person[]> {
  const emails = Array.from({ length: count }, (_, n) => stage.email(`person ${String(n).padStart(3, '0')}`));
  for (let n = 0; n < count; n += 50) {
    const invitations = emails.slice(n, n + 50).map((email) => ({ email, grants: [{ workspaceId, role }] }));
    await by.make<Invited>('/v1/invitations', { invitations });
  }
  const come: Person[] = [];
  for (let n = 0; n < count; n += 10)
    come.push(
      ...(await Promise.all(
        emails.slice(n, n + 10).map((email, m) => comeIn(stage, email, `Person ${n + m}`)),
      )),
    );
  return come;
}

async function comeIn(stage: Stage, email: string, name: string): Promise<Person> {
  const caller = stage.as({ email, name });
  const accepted = await accept(caller, await firstToken(stage, email));
  return { ...caller, userId: accepted.userId, email, name };
}

/** The token of the only link that was ever mailed to an address. */
export function firstToken(stage: Stage, email: string): Promise<string> {
  return tokenOf(stage, () => stage.target.arrived(email));
}

/** The token of the newest link that was mailed to an address. */
export function mailedToken(stage: Stage, email: string): Promise<string> {
  return tokenOf(stage, () => stage.target.mails(email));
}

async function tokenOf(stage: Stage, look: () => Promise<Mail[]>): Promise<string> {
  const [newest] = await vi.waitUntil(
    async () => {
      const mails = await look();
      return mails.length > 0 && mails;
    },
    { timeout: 20_000, interval: 50 },
  );
  if (!newest) throw new Error('There is no mail.');
  stage.secrets.add(newest.token);
  return newest.token;
}

/** Accepts, and from then on calls as somebody of the organization. */
export async function accept(caller: Caller, token: string): Promise<Accepted> {
  const accepted = await caller.make<Accepted>('/v1/invitations/accept', { token });
  caller.renew();
  return accepted;
}

export async function aWorkspace(by: Caller, input: Record<string, unknown> = {}): Promise<Workspace> {
  return by.make<Workspace>('/v1/workspaces', { name: 'Workspace', ...input });
}

export const threeAccounts = [
  { id: 'a1', name: 'Zoë Shoes' },
  { id: 'a2', name: 'Zoë Hats' },
  { id: 'a3', name: 'Socks' },
];

/** The body of a new original, with credentials that must never be seen again. */
export function original(stage: Stage, input: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    dataSource: 'google-ads',
    name: 'Google Ads',
    businessAccount: { id: 'b1', name: 'Business One' },
    credentials: { refreshToken: `${stage.canary}-first` },
    accounts: threeAccounts,
    ...input,
  };
}

export async function aConnection(
  stage: Stage,
  by: Caller,
  workspaceId: string,
  input: Record<string, unknown> = {},
): Promise<Connection> {
  return by.make<Connection>(`/v1/workspaces/${workspaceId}/connections`, original(stage, input));
}

/** Originals with counted names and business accounts, made a few at a time. */
export async function connections(
  stage: Stage,
  by: Caller,
  workspaceId: string,
  count: number,
): Promise<Connection[]> {
  const made: Connection[] = [];
  for (let n = 0; n < count; n += 20) {
    const batch = Array.from({ length: Math.min(20, count - n) }, (_, m) =>
      aConnection(stage, by, workspaceId, {
        name: `Connection ${n + m}`,
        businessAccount: { id: `b${n + m}`, name: `Business ${n + m}` },
      }),
    );
    made.push(...(await Promise.all(batch)));
  }
  return made;
}

export async function aCopy(
  by: Caller,
  source: Connection,
  workspaceId: string,
  accountIds?: string[],
): Promise<Connection> {
  const { items } = await by.make<{ items: Connection[] }>(`/v1/workspaces/${workspaceId}/connections/copy`, {
    connections: [
      {
        workspaceId: source.workspaceId,
        connectionId: source.connectionId,
        ...(accountIds && { accountIds }),
      },
    ],
  });
  const [copy] = items;
  if (!copy) throw new Error('There is no copy.');
  return copy;
}

export const pathOf = ({ workspaceId, connectionId }: { workspaceId: string; connectionId: string }) =>
  `/v1/workspaces/${workspaceId}/connections/${connectionId}`;

/** Where services find a connection. */
export const servicePathOf = (
  organizationId: string,
  { workspaceId, connectionId }: { workspaceId: string; connectionId: string },
) => `/v1/service/organizations/${organizationId}/workspaces/${workspaceId}/connections/${connectionId}`;

/** Every item of a list, page by page. */
export async function walk<Item>(by: Caller, path: string, limit?: number): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Page<Item> = await by.read(withQuery(path, { limit, cursor }));
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

export function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const [base = '', before = ''] = path.split('?');
  const search = new URLSearchParams(before);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size > 0 ? `${base}?${search}` : base;
}

/** The operation once it is completed; every look at it must show progress that never goes back. */
export async function completed(
  by: Caller,
  { operationId }: Pick<OperationSummary, 'operationId'>,
): Promise<Operation> {
  let done = 0;
  return vi.waitUntil(
    async () => {
      const operation = await by.read<Operation>(`/v1/operations/${operationId}`);
      expect(operation.done).toBeGreaterThanOrEqual(done);
      done = operation.done;
      return operation.state === 'completed' && operation;
    },
    { timeout: 30_000, interval: 30 },
  );
}
