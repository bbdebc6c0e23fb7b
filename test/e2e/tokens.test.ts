import { generateKeyPairSync, sign } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from '../../functions/routes.ts';
import type { Ids } from './place.ts';
import { requestOf, samples } from './samples.ts';
import { type Answer, type Caller, onStage, refused, type Stage } from './stage.ts';
import { accept, anOrganization, aWorkspace, mailedToken } from './world.ts';

type Route = (typeof routes)[number];

/** Who a route is for, by api.md: told by its path. */
function audienceOf({ path }: Route): 'anyone' | 'user' | 'support' | 'service' {
  const open = ['/v1/health', '/v1/openapi.json', '/docs', '/docs/{file}', '/v1/invitations/preview'];
  if (open.includes(path)) return 'anyone';
  if (path.startsWith('/v1/admin/')) return 'support';
  return path.startsWith('/v1/service/') ? 'service' : 'user';
}

const named = (wanted: (route: Route) => boolean) =>
  routes.filter(wanted).map((route) => [`${route.method} ${route.path}`, route] as const);
const guarded = named((route) => audienceOf(route) !== 'anyone');
const ofUsers = named((route) => audienceOf(route) === 'user');
const ofOrganizations = ofUsers.filter(([, { path }]) => path !== '/v1/invitations/accept');
const ofSupport = named((route) => audienceOf(route) === 'support');
const ofServices = named((route) => audienceOf(route) === 'service');

const unknown: Ids = {
  organizationId: 'org_00000000000000000000000000',
  workspaceId: 'wsp_00000000000000000000000000',
  connectionId: 'con_00000000000000000000000000',
  sourceWorkspaceId: 'wsp_00000000000000000000000001',
  sourceConnectionId: 'con_00000000000000000000000001',
  userId: 'usr_00000000000000000000000000',
  invitationId: 'inv_00000000000000000000000000',
  operationId: 'opr_00000000000000000000000000',
  file: 'none',
};

function send(stage: Stage, caller: Caller, route: Route): Promise<Answer<unknown>> {
  const sample = samples[route.operationId] ?? {};
  const request = requestOf(route, sample, unknown, { stage, invitationToken: 'none' });
  return caller.call(request.method, request.path, 'body' in request ? { body: request.body } : {});
}

onStage('tokens', (stage) => {
  let owner: Caller;
  beforeAll(async () => {
    ({ owner } = await anOrganization(stage));
  });

  describe('without a token, or with one that nobody issued, nothing is answered but 401', () => {
    test.each(guarded)('%s', async (_, route) => {
      for (const token of [undefined, 'not.a.token']) {
        const answer = await send(stage, stage.withToken(token), route);
        refused(answer, 401, 'unauthorized');
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      }
    });
  });

  test('a token with another signature, with none, or changed after it was signed is refused', async () => {
    const token = await stage.target.token({ email: stage.email('forged') });
    const [header = '', claims = '', signature = ''] = token.split('.');
    const unsigned = encoded({ alg: 'none', typ: 'JWT' });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = sign('sha256', Buffer.from(`${header}.${claims}`), privateKey).toString('base64url');
    const promoted = encoded({ ...decoded(claims), scope: 'workspaces/support' });

    for (const forged of [
      `${unsigned}.${claims}.`,
      `${header}.${claims}.${foreign}`,
      `${header}.${promoted}.${signature}`,
      `${header}.${claims}.`,
    ])
      refused(await stage.withToken(forged).get('/v1/admin/organizations'), 401, 'unauthorized');
  });

  describe('a token without an organization gets 403 no_organization', () => {
    test.each(ofOrganizations)('%s', async (_, route) => {
      const answer = await send(stage, stage.as({ email: stage.email('nobody') }), route);

      refused(answer, 403, 'no_organization');
    });
  });

  test('accepting an invitation needs a token but no organization', async () => {
    const lone = stage.as({ email: stage.email('nobody') });

    refused(await lone.post('/v1/invitations/accept', { token: 'none' }), 404, 'not_found');
  });

  describe('a token of support or of a service opens no route of users', () => {
    test.each(ofOrganizations)('%s', async (_, route) => {
      for (const machine of [stage.support(), stage.service('credentials.read')])
        expect(await send(stage, machine, route)).toMatchObject({ status: 403 });
    });
  });

  describe('the routes of support are for support alone', () => {
    test.each(ofSupport)('%s', async (_, route) => {
      const others = [owner, stage.service('credentials.read'), stage.service('authorization.write')];
      for (const other of others) refused(await send(stage, other, route), 403, 'forbidden');
    });
  });

  describe('the routes of services are for services with that very scope alone', () => {
    test.each(ofServices)('%s', async (_, route) => {
      const other = route.path.endsWith('/credentials') ? 'authorization.write' : 'credentials.read';
      for (const caller of [owner, stage.support(), stage.service(other)])
        refused(await send(stage, caller, route), 403, 'forbidden');
    });
  });

  test('what needs no token is answered without one', async () => {
    const anyone = stage.withToken(undefined);

    expect((await anyone.get('/v1/health')).body).toEqual({ status: 'ok' });
    expect((await anyone.get('/docs')).status).toBe(200);
    expect((await anyone.get('/v1/openapi.json')).status).toBe(200);
  });

  test('a token acts in the organization that it names, wherever else its owner is', async () => {
    const email = stage.email('consultant');
    const { organizationId } = await anOrganization(stage);
    const first = stage.as({ email });
    const worlds = [await anOrganization(stage), await anOrganization(stage)];
    for (const { owner: by } of worlds) {
      const { workspaceId } = await aWorkspace(by);
      await by.make('/v1/invitations', {
        invitations: [{ email, grants: [{ workspaceId, role: 'viewer' }] }],
      });
      await accept(first, await mailedToken(stage, email));
    }

    for (const world of worlds) {
      const me = await stage.as({ email, organizationId: world.organizationId }).read('/v1/me');
      expect(me).toMatchObject({ organization: { id: world.organizationId } });
    }
    refused(await stage.as({ email, organizationId }).get('/v1/me'), 403, 'no_organization');
  });
});

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decoded(part: string): Record<string, unknown> {
  // A JWT's claims are an object.
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}
