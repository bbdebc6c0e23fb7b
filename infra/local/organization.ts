import * as z from 'zod/mini';
import { CannotStart } from './cannotStart.ts';

/** Who owns the demo organization: what to ask `POST /local/token` for. */
export const demoOwner = { sub: 'demo-owner', email: 'owner@demo.example', name: 'Olivia Owner' };

const support = { sub: 'demo-support', scope: 'workspaces/support' };

const token = z.object({ accessToken: z.string() });
const mailbox = z.object({ items: z.array(z.object({ token: z.string() })) });
const workspace = z.object({ workspaceId: z.string() });

/** Makes the demo organization as anybody would: through the API, step by step. Does nothing once its owner has one. */
export async function ensureDemoOrganization(url: string): Promise<void> {
  const demo = apiAt(url);
  if ((await demo.get('/v1/me', demoOwner)).status === 200) return;
  await demo.post('/v1/admin/organizations', support, organization);
  await demo.post('/v1/invitations/accept', demoOwner, { token: await newestInvitation(demo) });
  const { workspaceId } = z.parse(workspace, await demo.post('/v1/workspaces', demoOwner, acmeAgency));
  for (const connection of connections) {
    await demo.post(`/v1/workspaces/${workspaceId}/connections`, demoOwner, connection);
  }
}

async function newestInvitation(demo: Api): Promise<string> {
  const mails = await demo.get(`/local/mailbox?to=${encodeURIComponent(demoOwner.email)}`, support);
  const newest = z.parse(mailbox, await mails.json()).items[0];
  if (newest === undefined) throw new Error('The invitation of the demo owner is not in the mailbox.');
  return newest.token;
}

const organization = { name: 'Demo organization', owner: { email: demoOwner.email } };

const acmeAgency = { name: 'Acme Agency', description: 'What a workspace looks like.' };

const connections = [
  {
    dataSource: 'google-ads',
    name: 'Google Ads',
    businessAccount: { id: '123-456-7890', name: 'Acme Marketing' },
    credentials: { refreshToken: 'not-a-real-token' },
    accounts: [
      { id: '111-111-1111', name: 'Acme Shoes' },
      { id: '222-222-2222', name: 'Acme Hats' },
      { id: '333-333-3333', name: 'Acme Socks' },
    ],
  },
  {
    dataSource: 'facebook-ads',
    name: 'Facebook Ads',
    businessAccount: { id: '9876543210', name: 'Acme on Facebook' },
    credentials: { accessToken: 'not-a-real-token' },
    accounts: [
      { id: 'act_1001', name: 'Acme Shoes EU' },
      { id: 'act_1002', name: 'Acme Shoes US' },
    ],
  },
];

type Login = { sub: string; email?: string; name?: string; scope?: string };
type Api = {
  get(path: string, login: Login): Promise<Response>;
  /** The body of the answer; throws unless it is a success. */
  post(path: string, login: Login, body: unknown): Promise<unknown>;
};

function apiAt(url: string): Api {
  const send = async (path: string, headers: Record<string, string>, body?: unknown) =>
    fetch(`${url}${path}`, {
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
  const authorization = async (login: Login) => {
    const issued = await send('/local/token', {}, login);
    return { authorization: `Bearer ${z.parse(token, await issued.json()).accessToken}` };
  };
  return {
    get: async (path, login) => send(path, await authorization(login)),
    async post(path, login, body) {
      const answer = await send(path, await authorization(login), body);
      if (!answer.ok) {
        throw new CannotStart(
          `The demo organization cannot be made: POST ${path}: ${answer.status} ${await answer.text()}`,
        );
      }
      return answer.json();
    },
  };
}
