import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { InvitationId, type WorkspaceId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { mostGrants } from '../../../domain/invitations/canBeAccepted.ts';
import { invitationKey } from '../../../domain/invitations/invitation.item.ts';
import { Invite, invite } from '../../../domain/invitations/invite.ts';
import { listInvitations, resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { listMembers } from '../../../domain/members/listMembers.ts';
import type { Role } from '../../../domain/members/member.item.ts';
import { CreateOrganization } from '../../../domain/organizations/createOrganization.ts';
import { grantOwner } from '../../../domain/organizations/owners.ts';
import { getMe } from '../../../domain/users/me.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import {
  accepted,
  aMember,
  anOrganization,
  aPerson,
  aWorkspace,
  type TestUser,
  tokenOf,
} from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aContext, aWorld, changed, type TestContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { everything, failure, refused } from '../../support/state.ts';

const engine = await anEngine();
const email = 'guest@example.com';
const page = { limit: 100 };

async function invited(inviter: TestUser, ...grants: { workspaceId: WorkspaceId; role: Role }[]) {
  const { items } = await invite(inviter, { invitations: [{ email, grants }] });
  const invitationId = InvitationId.parse(items[0]?.invitationId);
  return { invitationId, token: await tokenOf(inviter, inviter.actor.orgId, invitationId) };
}

async function aGuest(role: Role = 'editor') {
  const agency = await anAgency(engine);
  const grant = { workspaceId: agency.home.workspaceId, role };
  return { ...agency, grant, guest: aPerson(agency.world, email), ...(await invited(agency.admin, grant)) };
}

async function rolesOf(guest: TestContext, token: string) {
  const me = await getMe(await accepted(guest as Parameters<typeof accepted>[0], token));
  return Object.fromEntries(me.workspaces.map(({ name, role }) => [name, role]));
}

describe('an invitation', () => {
  test('brings a new person in with the roles that were promised', async () => {
    const { orgId, guest, token, grant } = await aGuest();

    const answer = await acceptInvitation(guest, token);

    expect(answer).toEqual({
      organization: { id: orgId, name: 'Acme' },
      userId: expect.stringMatching(/^usr_/),
      organizationRole: 'member',
      workspaces: [{ workspaceId: grant.workspaceId, name: 'Home', role: 'editor' }],
      dropped: [],
    });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('brings somebody in whose login has no name that could be shown, by what their address begins with', async () => {
    const { guest, token } = await aGuest();
    Object.assign(guest.actor, { name: undefined });

    const member = await accepted(guest, token);

    expect((await getMe(member)).name).toBe('guest');
  });

  test('stores nothing that opens it', async () => {
    const { token, orgId } = await aGuest();
    const mac = token.split('.').at(-1) ?? '';

    expect(JSON.stringify(await everything(engine.table, `ORG#${orgId}`))).not.toContain(mac);
  });

  test('is listed for admins and owners with its status, never with its token', async () => {
    const { admin, owner, token, invitationId, grant, world, guest } = await aGuest();
    const view = {
      invitationId,
      email,
      grants: [grant],
      status: 'pending',
      invitedBy: admin.actor.userId,
      createdAt: '2026-03-02T09:00:00.000Z',
      expiresAt: '2026-03-04T09:00:00.000Z',
      version: 1,
    };
    const statuses = async (reader: TestUser) => {
      const { items } = await listInvitations(reader, { ...page, workspaceId: grant.workspaceId });
      expect(JSON.stringify(items)).not.toContain(token.split('.').at(-1));
      return items.filter((item) => item.invitationId === invitationId);
    };

    expect(await statuses(owner)).toEqual([view]);
    expect(await statuses(admin)).toEqual([view]);
    world.clock.advance(48 * hour);
    expect(await statuses(admin)).toMatchObject([{ status: 'expired' }]);
    world.clock.advance(-hour);
    await acceptInvitation(guest, token);
    expect(await statuses(admin)).toMatchObject([{ status: 'accepted' }]);
  });

  test('shows among the members for admins until it is accepted', async () => {
    const { admin, home, world } = await aGuest();
    const shown = async () => {
      const { items } = await listMembers(admin, home.workspaceId, { ...page, include: 'invitations' });
      return items.filter((member) => member.email === email).map(({ status, role }) => [status, role]);
    };

    expect(await shown()).toEqual([['invited', 'editor']]);
    world.clock.advance(48 * hour);
    expect(await shown()).toEqual([['invitation_expired', 'editor']]);
  });
});

describe('an invitation can not be accepted', () => {
  const sentence =
    'Your invitation link has expired, please ask the person who invited you for another invite or reach out to our Support Team for assistance.';

  test('48 hours after it was sent, though it could one second before', async () => {
    const late = await aGuest();
    late.world.clock.advance(48 * hour);
    const inTime = await aGuest();
    inTime.world.clock.advance(48 * hour - 1000);

    const error = await refused(late.guest, () => acceptInvitation(late.guest, late.token));

    expect(error).toMatchObject({ code: 'invitation_expired', message: sentence });
    await expect(acceptInvitation(inTime.guest, inTime.token)).resolves.toMatchObject({ dropped: [] });
  });

  test('by another email than it was sent to, also a similar one', async () => {
    const { token, world } = await aGuest();
    const others = ['someone@example.com', 'guest@example.com.evil.test', 'guest+1@example.com', undefined];

    for (const other of others) {
      const person = aPerson(world, 'x@example.com');
      Object.assign(person, { actor: { ...person.actor, email: other } });
      const error = await refused(person, () => acceptInvitation(person, token));
      expect(error.code).toBe('invitation_for_someone_else');
    }
  });

  test('by an address that Unicode alone takes for the same', async () => {
    const { owner, home, world } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const { items } = await invite(owner, { invitations: [{ email: 'kevin@example.com', grants }] });
    const token = await tokenOf(owner, owner.actor.orgId, items[0]?.invitationId);
    const other = aPerson(world, '\u212Aevin@example.com');

    const error = await refused(other, () => acceptInvitation(other, token));

    expect(error.code).toBe('invitation_for_someone_else');
  });

  test('by such an address, as nobody is invited by one', () => {
    const grants = [{ workspaceId: 'wsp_1', role: 'viewer' }];
    const asked = { invitations: [{ email: '\u212Aevin@example.com', grants }] };

    expect(z.safeParse(Invite, asked).success).toBe(false);
    expect(
      z.safeParse(CreateOrganization, { name: 'Other', owner: { email: '\u212Aevin@example.com' } }).success,
    ).toBe(false);
  });

  test('twice, by the same or by another login', async () => {
    const { guest, token, world } = await aGuest();
    await acceptInvitation(guest, token);
    const sameEmail = aPerson(world, email);
    Object.assign(sameEmail.actor, { login: 'another-login' });

    expect((await refused(guest, () => acceptInvitation(guest, token))).code).toBe('invitation_used');
    expect((await refused(sameEmail, () => acceptInvitation(sameEmail, token))).code).toBe('invitation_used');
  });

  test('once it is revoked', async () => {
    const { admin, guest, token, invitationId } = await aGuest();

    await revokeInvitation(admin, invitationId);

    expect((await refused(guest, () => acceptInvitation(guest, token))).code).toBe('not_found');
  });

  test('with a token of which any part was changed', async () => {
    const { guest, token } = await aGuest();
    const [org = '', invitation = '', mac = ''] = token.split('.');
    const flipped = Buffer.from(mac, 'base64url');
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    const forged = [
      `${org}.${invitation}.${flipped.toString('base64url')}`,
      `${org}.${invitation}.${mac.slice(0, -4)}`,
      `${org}.${invitation}.`,
      `${org}.${invitation}`,
      `${org}.inv_other.${mac}`,
      `org_other.${invitation}.${mac}`,
      `${token}.more`,
      'no token at all',
    ];

    for (const attempt of forged)
      expect((await refused(guest, () => acceptInvitation(guest, attempt))).code, attempt).toBe('not_found');
  });

  test('says who it is for only to who has the token', async () => {
    const { world, token } = await aGuest();
    const stranger = aPerson(world, 'stranger@example.com');

    const [, invitation] = token.split('.');

    const error = await refused(stranger, () => acceptInvitation(stranger, `org_x.${invitation}.AAAA`));
    expect(error.code).toBe('not_found');
  });
});

describe('between the reading of an invitation and its acceptance', () => {
  async function accepting(change: (scene: Awaited<ReturnType<typeof aGuest>>) => Promise<unknown>) {
    const scene = await aGuest();
    const { guest, token } = scene;
    const table = tableThrough(
      engine.anotherTable(),
      beforeFirstWrite(() => change(scene)),
    );
    const late = aContext({ ...scene.world, table }, guest.actor);
    return { ...scene, attempt: () => acceptInvitation(late, token) };
  }

  test('a new link makes the old one dead', async () => {
    const { attempt } = await accepting(({ admin, invitationId }) => resendInvitation(admin, invitationId));

    expect((await failure(attempt)).code).toBe('invitation_replaced');
  });

  test('a revocation ends it', async () => {
    const { attempt } = await accepting(({ admin, invitationId }) => revokeInvitation(admin, invitationId));

    expect((await failure(attempt)).code).toBe('not_found');
  });

  test('who invited may lose the right, and the promise is dropped', async () => {
    const { attempt, orgId } = await accepting((scene) =>
      putMember(
        scene.owner,
        { workspaceId: scene.home.workspaceId, userId: scene.admin.actor.userId },
        'editor',
      ),
    );

    expect(await attempt()).toMatchObject({ workspaces: [], dropped: [{ code: 'forbidden' }] });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('the workspace may go, and the promise is dropped', async () => {
    const { attempt, orgId } = await accepting(({ owner, home }) => deleteWorkspace(owner, home.workspaceId));

    expect(await attempt()).toMatchObject({ workspaces: [], dropped: [{ code: 'not_found' }] });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('the same person may come in by another invitation, and is one person', async () => {
    const { attempt, orgId } = await accepting(async ({ owner, guest, elsewhere, world }) => {
      const grants = [{ workspaceId: elsewhere.workspaceId, role: 'viewer' as const }];
      const { items } = await invite(owner, { invitations: [{ email: 'alias@example.com', grants }] });
      const alias = aContext(world, { ...guest.actor, email: 'alias@example.com' });
      await acceptInvitation(alias, await tokenOf(world, owner.actor.orgId, items[0]?.invitationId));
    });

    await attempt();

    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('a person who is here already may become an owner, and stays one', async () => {
    const { support, orgId, viewer, owner, elsewhere, world } = await anAgency(engine);
    const { token } = await invited(owner, { workspaceId: elsewhere.workspaceId, role: 'viewer' });
    const promote = () => grantOwner(support, { orgId, userId: viewer.actor.userId });
    const table = tableThrough(engine.anotherTable(), beforeFirstWrite(promote));
    const alias = aPerson({ ...world, table }, email);
    Object.assign(alias.actor, { login: viewer.actor.login });

    await acceptInvitation(alias, token);

    expect((await getMe(viewer)).organizationRole).toBe('owner');
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

test('the email of an invitation is the same in any case', async () => {
  const { admin, grant, world } = await aGuest();
  const input = Invite.parse({ invitations: [{ email: 'MiXeD@Example.COM', grants: [grant] }] });
  const { items } = await invite(admin, input);
  const token = await tokenOf(admin, admin.actor.orgId, items[0]?.invitationId);

  const member = await accepted(aPerson(world, 'mixed@EXAMPLE.com'), token);

  expect((await getMe(member)).email).toBe('mixed@example.com');
});

describe('resending', () => {
  test('gives a new link for 48 hours and makes the old one dead', async () => {
    const { admin, guest, token: old, invitationId, world, orgId } = await aGuest();
    world.clock.advance(100 * hour);

    const view = await resendInvitation(admin, invitationId);
    const fresh = await tokenOf(admin, orgId, invitationId);
    world.clock.advance(47 * hour);

    expect(view).toMatchObject({ status: 'pending', version: 2 });
    expect((await refused(guest, () => acceptInvitation(guest, old))).code).toBe('invitation_replaced');
    await expect(acceptInvitation(guest, fresh)).resolves.toMatchObject({ organizationRole: 'member' });
  });

  test('is refused for what was accepted or revoked', async () => {
    const used = await aGuest();
    await acceptInvitation(used.guest, used.token);
    const revoked = await aGuest();
    await revokeInvitation(revoked.admin, revoked.invitationId);

    const ofUsed = await refused(used.admin, () => resendInvitation(used.admin, used.invitationId));
    const ofRevoked = await refused(revoked.admin, () =>
      resendInvitation(revoked.admin, revoked.invitationId),
    );

    expect([ofUsed.code, ofRevoked.code]).toEqual(['invitation_used', 'not_found']);
  });
});

describe('inviting again', () => {
  test('merges the roles into one fresh invitation and makes the old link dead', async () => {
    const { owner, guest, token: old, grant, elsewhere, orgId } = await aGuest();

    const { token } = await invited(owner, { workspaceId: elsewhere.workspaceId, role: 'viewer' });

    expect((await refused(guest, () => acceptInvitation(guest, old))).code).toBe('invitation_replaced');
    expect(await rolesOf(guest, token)).toEqual({ Home: grant.role, Elsewhere: 'viewer' });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('into the same workspace has the last role', async () => {
    const { admin, guest, home } = await aGuest('editor');

    const { token } = await invited(admin, { workspaceId: home.workspaceId, role: 'viewer' });

    expect(await rolesOf(guest, token)).toEqual({ Home: 'viewer' });
  });

  test('after it expired begins anew, without the roles of the old one', async () => {
    const { owner, guest, elsewhere, world } = await aGuest();
    world.clock.advance(48 * hour);

    const { token } = await invited(owner, { workspaceId: elsewhere.workspaceId, role: 'viewer' });

    expect(await rolesOf(guest, token)).toEqual({ Elsewhere: 'viewer' });
  });

  test('after it was revoked begins anew', async () => {
    const { admin, guest, invitationId, grant } = await aGuest();
    await revokeInvitation(admin, invitationId);

    const { token } = await invited(admin, { ...grant, role: 'viewer' });

    expect(await rolesOf(guest, token)).toEqual({ Home: 'viewer' });
  });

  test('keeps the promise of ownership that support made', async () => {
    const { support, orgId, owner, home, world } = await anAgency(engine);
    const { items } = await invite(owner, {
      invitations: [{ email, grants: [{ workspaceId: home.workspaceId, role: 'viewer' }] }],
    });
    const promised = { organizationRole: 'owner' };
    const invitationId = InvitationId.parse(items[0]?.invitationId);
    await world.table.documents.send(
      new UpdateCommand({
        TableName: world.table.name,
        Key: invitationKey(orgId, invitationId),
        UpdateExpression: 'SET organizationRole = :owner',
        ExpressionAttributeValues: { ':owner': promised.organizationRole },
      }),
    );

    const { token } = await invited(owner, { workspaceId: home.workspaceId, role: 'editor' });

    expect(await acceptInvitation(aPerson(support, email), token)).toMatchObject(promised);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('up to as many workspaces as one invitation holds can be accepted, also when an admin invited', async () => {
    const world = aWorld(engine);
    const { owner, orgId } = await anOrganization(world, { limits: { workspaces: 100 } });
    const { workspaceId: first } = await aWorkspace(owner);
    const admin = await aMember(owner, 'admin@example.com', { workspaceId: first, role: 'admin' });
    const grants = [];
    for (let n = 0; n < mostGrants; n++)
      grants.push({ workspaceId: (await aWorkspace(admin)).workspaceId, role: 'viewer' as const });
    await invited(admin, ...grants.slice(0, 20));

    const { token } = await invited(admin, ...grants.slice(20));

    const answer = await acceptInvitation(aPerson(world, email), token);
    expect(answer.workspaces).toHaveLength(mostGrants);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('somebody who is in the organization already', () => {
  test('is added at once, without an invitation, and keeps the roles they have', async () => {
    const { owner, editor, home, elsewhere, orgId } = await anAgency(engine);
    const grants = [
      { workspaceId: home.workspaceId, role: 'admin' as const },
      { workspaceId: elsewhere.workspaceId, role: 'viewer' as const },
    ];

    const { items } = await invite(owner, { invitations: [{ email: editor.actor.email, grants }] });

    expect(items).toEqual([
      {
        email: 'editor@example.com',
        status: 'added',
        grants: [
          { workspaceId: home.workspaceId, role: 'editor' },
          { workspaceId: elsewhere.workspaceId, role: 'viewer' },
        ],
      },
    ]);
    expect((await getMe(editor)).workspaces.map(({ name, role }) => [name, role])).toEqual([
      ['Home', 'editor'],
      ['Elsewhere', 'viewer'],
    ]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('and a member is told to stay what they are, whatever role is named, and nothing changes', async () => {
    const { admin, editor, home, orgId } = await anAgency(engine);
    const before = await everything(engine.table, `ORG#${orgId}`);
    const asking = (role: Role) =>
      invite(admin, {
        invitations: [{ email: editor.actor.email, grants: [{ workspaceId: home.workspaceId, role }] }],
      });

    const answers = [await asking('admin'), await asking('editor')];

    const unchanged = {
      email: editor.actor.email,
      status: 'unchanged',
      role: 'editor',
      grants: [{ workspaceId: home.workspaceId, role: 'editor' }],
    };
    expect(answers).toEqual([{ items: [unchanged] }, { items: [unchanged] }]);
    expect(await everything(engine.table, `ORG#${orgId}`)).toEqual(before);
  });

  test('is invited when they are removed meanwhile', async () => {
    const { owner, editor, elsewhere, orgId } = await anAgency(engine);
    const grants = [{ workspaceId: elsewhere.workspaceId, role: 'viewer' as const }];
    const leaves = beforeFirstWrite(() => removeUser(owner, editor.actor.userId));
    const late = changed(owner, { table: tableThrough(engine.anotherTable(), leaves) });

    const { items } = await invite(late, { invitations: [{ email: editor.actor.email, grants }] });

    expect(items).toMatchObject([{ email: 'editor@example.com', status: 'invited' }]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('can be invited again under every address they had, once they were removed', async () => {
    const { owner, editor, home, elsewhere, world, orgId } = await anAgency(engine);
    const grant = { workspaceId: elsewhere.workspaceId, role: 'viewer' as const };
    const { token } = await invited(owner, grant);
    const underOtherAddress = aPerson(world, email);
    Object.assign(underOtherAddress.actor, { login: editor.actor.login });
    expect((await accepted(underOtherAddress, token)).actor.userId).toBe(editor.actor.userId);
    await removeUser(owner, editor.actor.userId);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);

    const { items } = await invite(owner, {
      invitations: [editor.actor.email, email].map((address) => ({
        email: address,
        grants: [{ workspaceId: home.workspaceId, role: 'viewer' }],
      })),
    });

    expect(items.map(({ status }) => status)).toEqual(['invited', 'invited']);
  });
});

describe('a promise that can not be kept is dropped and listed, the others are kept', () => {
  async function twoGrants(change: (agency: Agency, spare: WorkspaceId) => Promise<unknown>) {
    const agency = await anAgency(engine);
    const { admin, home, world } = agency;
    const { workspaceId: spare } = await aWorkspace(admin, { name: 'Spare' });
    const { token } = await invited(
      admin,
      { workspaceId: home.workspaceId, role: 'viewer' },
      { workspaceId: spare, role: 'editor' },
    );
    await change(agency, spare);
    const answer = await acceptInvitation(aPerson(world, email), token);
    expect(await brokenInvariants(engine.table, agency.orgId)).toEqual([]);
    return { answer, spare, agency };
  }

  test('when its workspace has gone', async () => {
    const { answer, spare } = await twoGrants(({ admin }, id) => deleteWorkspace(admin, id));

    expect(answer.dropped).toEqual([{ workspaceId: spare, role: 'editor', code: 'not_found' }]);
    expect(answer.workspaces.map(({ name }) => name)).toEqual(['Home']);
  });

  test.each([
    [
      'is no longer an admin',
      (agency: Agency) =>
        putMember(
          agency.owner,
          { workspaceId: agency.home.workspaceId, userId: agency.admin.actor.userId },
          'editor',
        ),
    ],
    [
      'has left',
      (agency: Agency) =>
        removeMember(agency.admin, {
          workspaceId: agency.home.workspaceId,
          userId: agency.admin.actor.userId,
        }),
    ],
  ])('when who invited %s', async (_, lose) => {
    const { answer, agency } = await twoGrants(lose);

    expect(answer.dropped).toEqual([
      { workspaceId: agency.home.workspaceId, role: 'viewer', code: 'forbidden' },
    ]);
    expect(answer.workspaces.map(({ name }) => name)).toEqual(['Spare']);
  });

  test('when the workspace is full', async () => {
    const { owner, outsider, home, elsewhere, world } = await anAgency(engine, {
      limits: { membersPerWorkspace: 5 },
    });
    const { token } = await invited(
      owner,
      { workspaceId: home.workspaceId, role: 'viewer' },
      { workspaceId: elsewhere.workspaceId, role: 'viewer' },
    );

    await putMember(owner, { workspaceId: home.workspaceId, userId: outsider.actor.userId }, 'viewer');

    const answer = await acceptInvitation(aPerson(world, email), token);

    expect(answer.dropped).toEqual([
      { workspaceId: home.workspaceId, role: 'viewer', code: 'member_limit_reached' },
    ]);
  });

  test('and the event tells of it', async () => {
    const { owner, admin, guest, token, home } = await aGuest();
    const { userId } = admin.actor;
    await removeMember(admin, { workspaceId: home.workspaceId, userId });

    const { dropped } = await acceptInvitation(guest, token);

    const { items } = await listEvents(owner, { ...page, type: 'invitation.accepted' });
    expect(items[0]?.details).toMatchObject({ dropped });
    expect(dropped).toHaveLength(1);
  });

  test('and with every promise dropped the person is in the organization all the same', async () => {
    const { admin, guest, token, home } = await aGuest();
    const { userId } = admin.actor;
    await removeMember(admin, { workspaceId: home.workspaceId, userId });

    const answer = await acceptInvitation(guest, token);

    expect(answer).toMatchObject({ workspaces: [], dropped: [{ code: 'forbidden' }] });
  });
});

describe('inviting several people', () => {
  test('invites and adds each', async () => {
    const { admin, editor, outsider, home, orgId } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const emails = ['one@example.com', editor.actor.email, outsider.actor.email, 'two@example.com'];

    const { items } = await invite(admin, {
      invitations: emails.map((address) => ({ email: address, grants })),
    });

    expect(items.map(({ status }) => status)).toEqual(['invited', 'unchanged', 'added', 'invited']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('invites nobody when one of them is foreseen to fail', async () => {
    const { admin, outsider, home } = await anAgency(engine, { limits: { membersPerWorkspace: 4 } });
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const invitations = ['one@example.com', outsider.actor.email].map((address) => ({
      email: address,
      grants,
    }));

    const error = await refused(admin, () => invite(admin, { invitations }));

    expect(error.code).toBe('member_limit_reached');
  });

  test('reports who fails for a change in between, and undoes nobody', async () => {
    const { owner, admin, outsider, home, orgId } = await anAgency(engine, {
      limits: { membersPerWorkspace: 7 },
    });
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const invitations = ['one@example.com', outsider.actor.email, 'two@example.com'].map((address) => ({
      email: address,
      grants,
    }));
    const takeThePlace = () => invited(owner, { workspaceId: home.workspaceId, role: 'viewer' });
    const table = tableThrough(engine.anotherTable(), beforeFirstWrite(takeThePlace));

    const { items } = await invite(changed(admin, { table }), { invitations });

    expect(items).toMatchObject([
      { email: 'one@example.com', status: 'invited' },
      { email: 'outsider@example.com', status: 'added' },
      { email: 'two@example.com', status: 'failed', code: 'member_limit_reached' },
    ]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});
