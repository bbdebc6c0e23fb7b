import { describe, expect, test } from 'vitest';
import type { Connection, Invited, OperationSummary } from './shapes.ts';
import { type Answer, onStage, refused, type Stage } from './stage.ts';
import {
  aConnection,
  aCopy,
  accept,
  anOrganization,
  aPerson,
  aWorkspace,
  completed,
  connections,
  mailedToken,
  original,
  pathOf,
  servicePathOf,
} from './world.ts';

/** A way into each error: what happens, the status that api.md gives it, and the requests. */
type Provocation = [when: string, status: number, provoke: (stage: Stage) => Promise<Answer<unknown>>];

const provocations: Record<string, Provocation> = {
  unauthorized: ['a request without a token', 401, (stage) => stage.withToken(undefined).get('/v1/me')],
  no_organization: [
    'a token of somebody who is in no organization',
    403,
    (stage) => stage.as({ email: stage.email('lone') }).get('/v1/me'),
  ],
  forbidden: [
    'a viewer who renames the workspace',
    403,
    async (stage) => {
      const { owner } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(owner);
      const viewer = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
      return viewer.patch(`/v1/workspaces/${workspaceId}`, { name: 'Mine' });
    },
  ],
  not_found: [
    'an id that was never issued',
    404,
    async (stage) => (await anOrganization(stage)).owner.get('/v1/workspaces/wsp_none'),
  ],
  method_not_allowed: ['a method that the path has not', 405, (stage) => stage.support().put('/v1/me', {})],
  validation_failed: [
    'a body with faults',
    400,
    async (stage) => (await anOrganization(stage)).owner.post('/v1/workspaces', { name: 7 }),
  ],
  malformed_json: [
    'a body that is not JSON',
    400,
    async (stage) => (await anOrganization(stage)).owner.post('/v1/workspaces', '{"name":'),
  ],
  unsupported_media_type: [
    'a body of another type',
    415,
    async (stage) =>
      (await anOrganization(stage)).owner.post('/v1/workspaces', 'name=x', { 'content-type': 'text/plain' }),
  ],
  payload_too_large: [
    'a body above 5 MB',
    413,
    async (stage) =>
      (await anOrganization(stage)).owner.post('/v1/workspaces', { name: 'x'.repeat(5 * 1024 * 1024) }),
  ],
  invalid_cursor: [
    'a cursor that was not issued',
    400,
    async (stage) => (await anOrganization(stage)).owner.get('/v1/workspaces?cursor=abc'),
  ],
  version_mismatch: [
    'If-Match with another version',
    412,
    async (stage) => {
      const { owner } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(owner);
      return owner.patch(`/v1/workspaces/${workspaceId}`, { name: 'New' }, { 'if-match': '"7"' });
    },
  ],
  idempotency_key_reused: [
    'a key sent with another request',
    422,
    async (stage) => {
      const { owner } = await anOrganization(stage);
      const key = { 'idempotency-key': 'one' };
      await owner.post('/v1/workspaces', { name: 'First' }, key);
      return owner.post('/v1/workspaces', { name: 'Second' }, key);
    },
  ],
  workspace_limit_reached: [
    'one workspace more than the limit',
    409,
    async (stage) => {
      const { owner } = await anOrganization(stage, { limits: { workspaces: 0 } });
      return owner.post('/v1/workspaces', { name: 'First' });
    },
  ],
  member_limit_reached: [
    'one member more than the limit',
    409,
    async (stage) => {
      const { owner, organizationId } = await anOrganization(stage);
      const [full, other] = [await aWorkspace(owner), await aWorkspace(owner)];
      const { userId } = await aPerson(stage, owner, { [other.workspaceId]: 'viewer' });
      await stage.support().patch(`/v1/admin/organizations/${organizationId}/limits`, {
        membersPerWorkspace: 1,
        reason: 'A test',
      });
      return owner.put(`/v1/workspaces/${full.workspaceId}/members/${userId}`, { role: 'viewer' });
    },
  ],
  connection_limit_reached: [
    'one connection more than the limit',
    409,
    async (stage) => {
      const { owner } = await anOrganization(stage, { limits: { connectionsPerWorkspace: 1 } });
      const { workspaceId } = await aWorkspace(owner);
      await aConnection(stage, owner, workspaceId);
      return owner.post(`/v1/workspaces/${workspaceId}/connections`, original(stage));
    },
  ],
  unknown_user: [
    'a member who is not in the organization',
    400,
    async (stage) => {
      const members = [{ userId: 'usr_none', role: 'viewer' }];
      return (await anOrganization(stage)).owner.post('/v1/workspaces', { name: 'New', members });
    },
  ],
  last_admin: [
    'the only admin leaving',
    409,
    async (stage) => {
      const { owner } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(owner);
      return owner.delete(`/v1/workspaces/${workspaceId}/members/${owner.userId}`);
    },
  ],
  last_owner: [
    'support revoking the only owner',
    409,
    async (stage) => {
      const { owner, organizationId } = await anOrganization(stage);
      return stage.support().delete(`/v1/admin/organizations/${organizationId}/owners/${owner.userId}`);
    },
  ],
  invitation_for_someone_else: [
    'a link that was sent to another address',
    403,
    async (stage) => {
      const { token } = await anInvitation(stage);
      return stage.as({ email: stage.email('thief') }).post('/v1/invitations/accept', { token });
    },
  ],
  invitation_used: [
    'a link that was accepted already',
    409,
    async (stage) => {
      const { token, email } = await anInvitation(stage);
      const guest = stage.as({ email });
      await accept(guest, token);
      return guest.post('/v1/invitations/accept', { token });
    },
  ],
  invitation_replaced: [
    'a link after which another was sent',
    410,
    async (stage) => {
      const { token, email, resend } = await anInvitation(stage);
      await resend();
      return stage.as({ email }).post('/v1/invitations/accept', { token });
    },
  ],
  throttled: [
    'a second mail again within a minute',
    429,
    async (stage) => {
      const { resend } = await anInvitation(stage);
      await resend();
      return resend();
    },
  ],
  account_not_available: [
    'an account that the source has not',
    400,
    async (stage) => {
      const { owner } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(owner);
      const connection = await aConnection(stage, owner, workspaceId);
      return owner.patch(pathOf(connection), { accountIds: ['a1', 'nowhere'] });
    },
  ],
  already_connected: [
    'a second copy of the same origin',
    409,
    async (stage) => {
      const { owner, source, target } = await twoWorkspaces(stage);
      await aCopy(owner, source, target);
      return owner.post(`/v1/workspaces/${target}/connections/copy`, { connections: [at(source)] });
    },
  ],
  connection_has_copies: [
    'a parent with a copy being deleted',
    409,
    async (stage) => {
      const { owner, source, target } = await twoWorkspaces(stage);
      await aCopy(owner, source, target);
      return owner.delete(pathOf(source));
    },
  ],
  business_account_mismatch: [
    'reconnecting with another business account',
    409,
    async (stage) => {
      const { owner, source } = await twoWorkspaces(stage);
      const businessAccount = { id: 'another', name: 'Another' };
      return owner.post(`${pathOf(source)}/reconnect`, { credentials: {}, businessAccount });
    },
  ],
  accounts_would_be_lost: [
    'reconnecting with fewer accounts',
    409,
    async (stage) => {
      const { owner, source } = await twoWorkspaces(stage);
      const accounts = [{ id: 'a1', name: 'One' }];
      return owner.post(`${pathOf(source)}/reconnect`, { credentials: {}, accounts });
    },
  ],
  stale_authorization: [
    'a service that reports on an older authorization',
    409,
    async (stage) => {
      const { owner, source, organizationId } = await twoWorkspaces(stage);
      await owner.make(`${pathOf(source)}/reconnect`, { credentials: {} });
      return stage
        .service('authorization.write')
        .put(`${servicePathOf(organizationId, source)}/authorization`, {
          authorizationVersion: 1,
          status: 'active',
        });
    },
  ],
  workspace_busy: [
    'a write while an operation works on the workspace',
    409,
    async (stage) => {
      const { owner, source, target } = await twoWorkspaces(stage);
      await connections(stage, owner, source.workspaceId, 100);
      const { operation } = await owner.make<{ operation: OperationSummary }>(
        `/v1/workspaces/${target}/connections/copy`,
        { allFrom: [source.workspaceId] },
      );
      const answer = await owner.patch(`/v1/workspaces/${target}`, { name: 'New' });
      await completed(owner, operation);
      expect(answer.body).toMatchObject({ operationId: operation.operationId });
      return answer;
    },
  ],
};

/** Told by other tests, as nobody can bring them about over HTTP. */
const unprovoked = {
  invitation_expired: 'takes 48 hours',
  invitation_limit_reached: 'takes a thousand invitations',
  internal_error: 'is what nobody foresaw',
  try_again: 'the embedded DynamoDB never conflicts',
};

onStage('errors', (stage) => {
  describe('each is a problem of its own status and code', () => {
    const rows = Object.entries(provocations).map(
      ([code, [when, status, provoke]]) => [code, when, status, provoke] as const,
    );

    test.each(rows)('%s: %s → %i', async (code, _when, status, provoke) => {
      refused(await provoke(stage), status, code);
    });
  });

  test('the API describes these errors and no others', async () => {
    const { components } = (await (await fetch(`${stage.target.url}/v1/openapi.json`)).json()) as {
      components: { schemas: { Problem: { properties: { code: { enum: string[] } } } } };
    };

    const known = [...Object.keys(provocations), ...Object.keys(unprovoked)];
    expect([...components.schemas.Problem.properties.code.enum].sort()).toEqual(known.sort());
  });
});

const at = ({ workspaceId, connectionId }: Connection) => ({ workspaceId, connectionId });

async function anInvitation(stage: Stage) {
  const { owner } = await anOrganization(stage);
  const { workspaceId } = await aWorkspace(owner);
  const email = stage.email('guest');
  const invitations = [{ email, grants: [{ workspaceId, role: 'viewer' }] }];
  const { items } = await owner.make<Invited>('/v1/invitations', { invitations });
  const resend = () => owner.post(`/v1/invitations/${items[0]?.invitationId}/resend`, undefined);
  return { token: await mailedToken(stage, email), email, resend };
}

async function twoWorkspaces(stage: Stage) {
  const { owner, organizationId } = await anOrganization(stage);
  const [from, to] = [await aWorkspace(owner, { name: 'From' }), await aWorkspace(owner, { name: 'To' })];
  const source = await aConnection(stage, owner, from.workspaceId);
  return { owner, organizationId, source, target: to.workspaceId };
}
