import { expect, test } from 'vitest';
import { InvitationId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { getOrganizationView } from '../../../domain/organizations/organization.ts';
import { grantOwner, revokeOwner } from '../../../domain/organizations/owners.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { getWorkspace } from '../../../domain/workspaces/listWorkspaces.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aPerson, aWorkspace, tokenOf } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { freshCopy } from '../../support/freshCopy.ts';
import { race } from '../../support/race.ts';

const engine = await anEngine();

test('two creations at one under the limit: exactly one', () =>
  race(
    engine,
    () => anAgency(engine, { limits: { workspaces: 3 } }),
    [({ owner }, as) => aWorkspace(as(owner)), ({ admin }, as) => aWorkspace(as(admin))],
    async (codes, { support, orgId }) => {
      expect(codes.toSorted()).toEqual(['done', 'workspace_limit_reached']);
      const { usage, limits } = await getOrganizationView(support, orgId);
      expect(usage.workspaces).toBe(limits.workspaces);
    },
  ));

test('a creation and a lowered limit: either goes first', () =>
  race(
    engine,
    () => anAgency(engine, { limits: { workspaces: 3 } }),
    [
      ({ owner }, as) => aWorkspace(as(owner)),
      ({ support, orgId }, as) => changeLimits(as(support), orgId, { workspaces: 2, reason: 'test' }),
    ],
    (codes) => {
      expect([
        ['done', 'done'],
        ['workspace_limit_reached', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));

/** Home with two admins besides nobody: the owner has left it. */
function twoAdmins(): Promise<Agency> {
  return freshCopy(engine, 'two admins', async () => {
    const agency = await anAgency(engine);
    const { owner, editor, home } = agency;
    const { workspaceId } = home;
    await putMember(owner, { workspaceId, userId: editor.actor.userId }, 'admin');
    await removeMember(owner, { workspaceId, userId: owner.actor.userId });
    return agency;
  });
}

test('two last admins who leave: exactly one', () =>
  race(
    engine,
    twoAdmins,
    [
      ({ admin, home }, as) =>
        removeMember(as(admin), { workspaceId: home.workspaceId, userId: admin.actor.userId }),
      ({ editor, home }, as) =>
        removeMember(as(editor), { workspaceId: home.workspaceId, userId: editor.actor.userId }),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['done', 'last_admin']);
    },
    { rounds: 12 },
  ));

test('two last admins who demote each other: exactly one', () =>
  race(
    engine,
    twoAdmins,
    [
      ({ admin, editor, home }, as) =>
        putMember(as(admin), { workspaceId: home.workspaceId, userId: editor.actor.userId }, 'viewer'),
      ({ admin, editor, home }, as) =>
        putMember(as(editor), { workspaceId: home.workspaceId, userId: admin.actor.userId }, 'viewer'),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['done', 'forbidden']);
    },
    { rounds: 12 },
  ));

test('one last admin is removed from the organization while the other leaves: exactly one', () =>
  race(
    engine,
    twoAdmins,
    [
      ({ owner, admin }, as) => removeUser(as(owner), admin.actor.userId),
      ({ editor, home }, as) =>
        removeMember(as(editor), { workspaceId: home.workspaceId, userId: editor.actor.userId }),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['done', 'last_admin']);
    },
    { rounds: 12 },
  ));

test('two people for the last place in a workspace: exactly one', () =>
  race(
    engine,
    () =>
      freshCopy(engine, 'one place', async () => {
        const agency = await anAgency(engine, { limits: { membersPerWorkspace: 4 } });
        await removeMember(agency.owner, {
          workspaceId: agency.home.workspaceId,
          userId: agency.viewer.actor.userId,
        });
        return agency;
      }),
    [
      ({ owner, viewer, home }, as) =>
        putMember(as(owner), { workspaceId: home.workspaceId, userId: viewer.actor.userId }, 'viewer'),
      ({ admin, outsider, home }, as) =>
        putMember(as(admin), { workspaceId: home.workspaceId, userId: outsider.actor.userId }, 'viewer'),
    ],
    async (codes, { owner, home }) => {
      expect(codes.toSorted()).toEqual(['done', 'member_limit_reached']);
      expect((await getWorkspace(owner, home.workspaceId)).memberCount).toBe(4);
    },
    { rounds: 12 },
  ));

test('a new workspace with somebody who is being removed: never a member who is nobody', () =>
  race(
    engine,
    () => anAgency(engine),
    [
      ({ admin, editor }, as) =>
        aWorkspace(as(admin), { members: [{ userId: editor.actor.userId, role: 'viewer' }] }),
      ({ owner, editor }, as) => removeUser(as(owner), editor.actor.userId),
    ],
    (codes) => {
      expect([
        ['done', 'done'],
        ['unknown_user', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));

test('what somebody writes while their right is taken away goes before it or not at all', () =>
  race(
    engine,
    () => anAgency(engine),
    [
      ({ admin, home }, as) => updateWorkspace(as(admin), home.workspaceId, { name: 'By the admin' }),
      ({ owner, admin, home }, as) =>
        removeMember(as(owner), { workspaceId: home.workspaceId, userId: admin.actor.userId }),
    ],
    async (codes, { owner, home }) => {
      const { name } = await getWorkspace(owner, home.workspaceId);
      expect([
        [['done', 'done'], 'By the admin'],
        [['not_found', 'done'], 'Home'],
      ]).toContainEqual([codes, name]);
    },
  ));

test('two owners who are revoked: exactly one', () =>
  race(
    engine,
    () =>
      freshCopy(engine, 'two owners', async () => {
        const agency = await anAgency(engine);
        await grantOwner(agency.support, { orgId: agency.orgId, userId: agency.admin.actor.userId });
        return agency;
      }),
    [
      ({ support, orgId, owner }, as) => revokeOwner(as(support), { orgId, userId: owner.actor.userId }),
      ({ support, orgId, admin }, as) => revokeOwner(as(support), { orgId, userId: admin.actor.userId }),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['done', 'last_owner']);
    },
    { rounds: 12 },
  ));

type Invited = Agency & { invitationId: InvitationId; token: string };

/** Somebody who is invited and has the token in their mail. */
async function anInvited(): Promise<Invited> {
  const scene = await freshCopy(engine, 'invited', async () => {
    const agency = await anAgency(engine);
    const grants = [{ workspaceId: agency.home.workspaceId, role: 'viewer' as const }];
    const { items } = await invite(agency.admin, { invitations: [{ email: 'guest@example.com', grants }] });
    return { ...agency, invitationId: InvitationId.parse(items[0]?.invitationId) };
  });
  return { ...scene, token: await tokenOf(scene.world, scene.orgId, scene.invitationId) };
}

function accepting({ world, token }: Invited, as: <C>(caller: C) => C, login: string) {
  const guest = aPerson(world, 'guest@example.com');
  Object.assign(guest.actor, { login });
  return acceptInvitation(as(guest), token);
}

test('two logins that accept one invitation: exactly one', () =>
  race(
    engine,
    anInvited,
    [
      (scene, as) => accepting(scene, as as <C>(caller: C) => C, 'login-1'),
      (scene, as) => accepting(scene, as as <C>(caller: C) => C, 'login-2'),
    ],
    (codes) => {
      expect(codes.toSorted()).toEqual(['done', 'invitation_used']);
    },
    { rounds: 12 },
  ));

test('an acceptance and the revocation of the invitation: one of the two', () =>
  race(
    engine,
    anInvited,
    [
      (scene, as) => accepting(scene, as as <C>(caller: C) => C, 'login-1'),
      ({ admin, invitationId }, as) => revokeInvitation(as(admin), invitationId),
    ],
    (codes) => {
      expect([
        ['done', 'invitation_used'],
        ['not_found', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));

test('an acceptance and a new link: one of the two', () =>
  race(
    engine,
    anInvited,
    [
      (scene, as) => accepting(scene, as as <C>(caller: C) => C, 'login-1'),
      ({ admin, invitationId }, as) => resendInvitation(as(admin), invitationId),
    ],
    (codes) => {
      expect([
        ['done', 'invitation_used'],
        ['invitation_replaced', 'done'],
      ]).toContainEqual(codes);
    },
    { rounds: 12 },
  ));

test('an acceptance and the loss of the inviter’s right: the promise is kept before it or dropped', () =>
  race(
    engine,
    anInvited,
    [
      (scene, as) => accepting(scene, as as <C>(caller: C) => C, 'login-1'),
      ({ owner, admin, home }, as) =>
        removeMember(as(owner), { workspaceId: home.workspaceId, userId: admin.actor.userId }),
    ],
    (codes, _, [acceptance]) => {
      expect(codes).toEqual(['done', 'done']);
      const { workspaces, dropped } = (acceptance as { done: { workspaces: unknown[]; dropped: unknown[] } })
        .done;
      expect(workspaces.length + dropped.length).toBe(1);
    },
    { rounds: 12 },
  ));

test('two invitations of one person at the same time become one', () =>
  race(
    engine,
    () => anAgency(engine),
    [
      ({ admin, home }, as) =>
        invite(as(admin), {
          invitations: [
            { email: 'guest@example.com', grants: [{ workspaceId: home.workspaceId, role: 'viewer' }] },
          ],
        }),
      ({ owner, elsewhere }, as) =>
        invite(as(owner), {
          invitations: [
            { email: 'guest@example.com', grants: [{ workspaceId: elsewhere.workspaceId, role: 'viewer' }] },
          ],
        }),
    ],
    async (codes, { world, orgId }, outcomes) => {
      expect(codes).toEqual(['done', 'done']);
      const ids = outcomes.map(
        (o) => (o as { done: { items: { invitationId?: string }[] } }).done.items[0]?.invitationId,
      );
      expect(new Set(ids).size).toBe(1);
      const token = await tokenOf(world, orgId, ids[0]);
      const { workspaces } = await acceptInvitation(aPerson(world, 'guest@example.com'), token);
      expect(workspaces.map(({ name }) => name).toSorted()).toEqual(['Elsewhere', 'Home']);
    },
    { rounds: 12 },
  ));
