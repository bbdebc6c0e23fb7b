import { setTimeout as pause } from 'node:timers/promises';
import { jsonAnswer } from '../../../infra/local/answer.ts';
import { splitTarget } from '../../../infra/local/event.ts';
import type { LocalEndpoint } from '../../../infra/local/front.ts';
import { listen } from '../../../infra/local/listener.ts';
import type { Mail } from '../target.ts';
import { type Bus, listenTo } from './bus.ts';
import { endpointsAlone } from './endpointsAlone.ts';
import { logOf } from './log.ts';
import { type Deployment, deploymentFrom } from './settings.ts';
import { type SignIn, signInTo } from './signIn.ts';

/**
 * What the local stack offers beside the API, for a deployed one: tokens of its user pool, the mails that it sent, the
 * events on its bus, its log. On loopback alone, as it gives a token to whoever asks.
 */
export async function openDoors(env: NodeJS.ProcessEnv): Promise<{ url: string; close(): Promise<void> }> {
  const deployment = deploymentFrom(env);
  const signIn = signInTo(deployment);
  const bus = await listenTo(deployment.eventBus);
  const listener = await listen(0);
  listener.serve(endpointsAlone(endpoints(deployment, signIn, bus)));
  return {
    url: listener.url,
    async close() {
      await listener.stop();
      await bus.close();
      await signIn.close();
    },
  };
}

type Wanted = { email?: string; name?: string; orgId?: string; scope?: string };

function endpoints(deployment: Deployment, signIn: SignIn, bus: Bus): LocalEndpoint[] {
  const startedAt = Date.now();
  return [
    {
      method: 'POST',
      path: '/local/token',
      async answer({ body }, requestId) {
        const { email, scope, ...person }: Wanted = JSON.parse(body.toString());
        const accessToken = email
          ? await signIn.person({ ...person, email })
          : await signIn.machine(scope ?? '');
        return jsonAnswer({ accessToken }, requestId);
      },
    },
    {
      method: 'GET',
      path: '/local/mailbox',
      async answer({ target }, requestId) {
        const query = new URLSearchParams(splitTarget(target).rawQueryString);
        const to = query.get('to') ?? '';
        const items =
          query.get('settled') === 'false' ? await mailsTo(deployment, to) : await settled(deployment, to);
        return jsonAnswer({ items }, requestId);
      },
    },
    {
      method: 'GET',
      path: '/local/events',
      answer: async (_, requestId) => jsonAnswer({ items: await bus.published() }, requestId),
    },
    {
      method: 'GET',
      path: '/local/log',
      answer: async (_, requestId) => ({
        status: 200,
        headers: { 'content-type': 'text/plain', 'x-request-id': requestId },
        body: await logOf(deployment.stacks, startedAt),
      }),
    },
  ];
}

async function mailsTo({ mailboxUrl }: Deployment, to: string): Promise<Mail[]> {
  const answer = await fetch(`${mailboxUrl}?${new URLSearchParams({ to })}`);
  if (!answer.ok) throw new Error(`The mailbox answered ${answer.status}.`);
  return ((await answer.json()) as { items: Mail[] }).items;
}

/** Nothing tells when a deployed stack has sent all that it is going to send: until no more comes for a while. */
async function settled(deployment: Deployment, to: string): Promise<Mail[]> {
  for (let before = -1; ; ) {
    const mails = await mailsTo(deployment, to);
    if (mails.length === before) return mails;
    before = mails.length;
    await pause(deployment.quietMilliseconds);
  }
}
