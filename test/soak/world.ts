import { setTimeout as pause } from 'node:timers/promises';
import type { Accepted, Connection, Organization, Workspace } from '../e2e/shapes.ts';
import type { Mail } from '../e2e/target.ts';
import { type Client, type ClientOptions, clientOf, GaveUp, type Login } from './client.ts';
import type { Expectations } from './expectations.ts';

/** An organization of one run: what its callers share and none of them changes. */
export type SoakOrganization = {
  organizationId: string;
  owner: Client;
  /** Six who each call for themselves, the owner among them: all may create workspaces. */
  callers: Client[];
  /** A few connections to copy, and more than fit one transaction. */
  small: { workspaceId: string; connectionIds: string[] };
  large: { workspaceId: string; count: number };
  /** Enough workspaces that a person of all of them is removed by an operation. */
  crowd: string[];
};

export type SoakWorld = {
  organizations: SoakOrganization[];
  options: ClientOptions;
  expectations: Expectations;
  service: Client;
};

const callersPerOrganization = 6;
const smallCount = 4;
const largeCount = 60;
const crowdCount = 36;
const mailPatienceMilliseconds = 240_000;

export const loginOf = (email: string, name: string): Login => ({ sub: `login-${email}`, email, name });

/** Before anything is spoiled: organizations with people and with something to copy. */
export async function buildWorld(
  options: ClientOptions,
  expectations: Expectations,
  callers: number,
): Promise<SoakWorld> {
  const support = clientOf(options, { sub: 'support', scope: 'workspaces/support' });
  const service = clientOf(options, {
    sub: 'service',
    scope: 'workspaces/credentials.read workspaces/authorization.write',
  });
  const count = Math.ceil(callers / callersPerOrganization);
  const organizations: SoakOrganization[] = [];
  for (let n = 0; n < count; n++) {
    const size = Math.min(callersPerOrganization, callers - n * callersPerOrganization);
    organizations.push(await anOrganization({ options, support, n, size, hasCrowd: n < 2 }));
  }
  return { organizations, options, expectations, service };
}

async function anOrganization(asked: {
  options: ClientOptions;
  support: Client;
  n: number;
  size: number;
  hasCrowd: boolean;
}): Promise<SoakOrganization> {
  const { options, support, n, size, hasCrowd } = asked;
  const email = `owner.${n}@soak.example`;
  const { organization } = await support.make<{ organization: Organization }>(
    'POST',
    '/v1/admin/organizations',
    { name: `Organization ${n}`, owner: { email }, limits: { workspaces: 10_000 } },
  );
  const owner = await comeIn(options, email, `Owner ${n}`);
  const small = await aSource(owner, 'Small', smallCount);
  const large = await aSource(owner, 'Large', largeCount);
  const others: Client[] = [];
  for (let m = 1; m < size; m++) {
    const address = `caller.${n}.${m}@soak.example`;
    const grants = [small, large].map(({ workspaceId }) => ({ workspaceId, role: 'admin' }));
    await owner.make('POST', '/v1/invitations', { invitations: [{ email: address, grants }] });
    others.push(await comeIn(options, address, `Caller ${n}.${m}`));
  }
  const crowd: string[] = [];
  for (let m = 0; hasCrowd && m < crowdCount; m++) {
    crowd.push((await owner.make<Workspace>('POST', '/v1/workspaces', { name: `Crowd ${m}` })).workspaceId);
  }
  return {
    organizationId: organization.organizationId,
    owner,
    callers: [owner, ...others],
    small,
    large: { workspaceId: large.workspaceId, count: largeCount },
    crowd,
  };
}

async function aSource(owner: Client, name: string, count: number): Promise<SoakOrganization['small']> {
  const { workspaceId } = await owner.make<Workspace>('POST', '/v1/workspaces', { name });
  const connectionIds: string[] = [];
  for (let n = 0; n < count; n++) {
    const path = `/v1/workspaces/${workspaceId}/connections`;
    const made = await owner.make<Connection>('POST', path, anOriginal(`${name} ${n}`, 'at the start'));
    connectionIds.push(made.connectionId);
  }
  return { workspaceId, connectionIds };
}

/** The body of a new original. */
export function anOriginal(name: string, secret: string) {
  return {
    dataSource: 'google-ads',
    name,
    businessAccount: { id: `b ${name}`, name: `Business ${name}` },
    credentials: { refreshToken: secret },
    accounts: ['a1', 'a2', 'a3'].map((id) => ({ id, name: `Account ${id}` })),
  };
}

/** Accepts the invitation that was mailed to an address; from then on a caller of the organization. */
export async function comeIn(options: ClientOptions, email: string, name: string): Promise<Client> {
  const client = clientOf(options, loginOf(email, name));
  const { token } = await mailTo(options, email);
  await client.make<Accepted>('POST', '/v1/invitations/accept', { token });
  client.renew();
  return client;
}

/** The newest mail to an address, once there is one. */
export async function mailTo({ url }: ClientOptions, email: string): Promise<Mail> {
  const end = performance.now() + mailPatienceMilliseconds;
  for (; performance.now() < end; await pause(200)) {
    const [newest] = await mailsTo(url, email);
    if (newest) return newest;
  }
  throw new GaveUp(`No mail has come for ${email} in ${mailPatienceMilliseconds / 1_000} s.`);
}

async function mailsTo(url: string, email: string): Promise<Mail[]> {
  try {
    const answer = await fetch(`${url}/local/mailbox?to=${encodeURIComponent(email)}`);
    return answer.ok ? ((await answer.json()) as { items: Mail[] }).items : [];
  } catch {
    return [];
  }
}
