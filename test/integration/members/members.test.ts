import { describe, expect, test } from 'vitest';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { UserId } from '../../../domain/ids.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { listMembers } from '../../../domain/members/listMembers.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { grantOwner } from '../../../domain/organizations/owners.ts';
import { getUser, listUsers } from '../../../domain/users/listUsers.ts';
import { getMe } from '../../../domain/users/me.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aWorkspace, type TestUser } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { failure, refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };

function placeOf({ home }: Agency, { actor }: TestUser) {
  return { workspaceId: home.workspaceId, userId: actor.userId };
}

async function memberOf(agency: Agency, user: TestUser) {
  const { items } = await listMembers(agency.owner, agency.home.workspaceId, page);
  return items.find(({ userId }) => userId === user.actor.userId);
}

async function lastEvents({ owner, home }: Agency) {
  const { items } = await listEvents(owner, { ...page, workspaceId: home.workspaceId });
  return items.map(({ type, details }) => ({ type, details }));
}

describe('giving a role', () => {
  test('adds somebody who is not a member yet, as it reads back', async () => {
    const agency = await anAgency(engine);
    const { admin, outsider, orgId } = agency;

    const { member, added } = await putMember(admin, placeOf(agency, outsider), 'editor');

    expect(added).toBe(true);
    expect(member).toMatchObject({ role: 'editor', addedBy: admin.actor.userId, version: 1 });
    expect(await memberOf(agency, outsider)).toEqual(member);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('changes the role of a member, as it reads back, and is told with the role before', async () => {
    const agency = await anAgency(engine);
    const { admin, viewer, orgId } = agency;

    const { member, added } = await putMember(admin, placeOf(agency, viewer), 'admin');

    expect(added).toBe(false);
    expect(member).toMatchObject({ role: 'admin', version: 2 });
    expect(await memberOf(agency, viewer)).toEqual(member);
    expect((await lastEvents(agency))[0]).toEqual({
      type: 'member.role_changed',
      details: { userId: viewer.actor.userId, before: 'viewer', after: 'admin' },
    });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('that they have already changes nothing', async () => {
    const agency = await anAgency(engine);
    const before = await lastEvents(agency);

    const { member } = await putMember(agency.admin, placeOf(agency, agency.viewer), 'viewer');

    expect(member.version).toBe(1);
    expect(await lastEvents(agency)).toEqual(before);
  });

  test('to somebody who is not in the organization is not found', async () => {
    const agency = await anAgency(engine);
    const nobody = { workspaceId: agency.home.workspaceId, userId: UserId.parse('usr_nobody') };

    const error = await refused(agency.admin, () => putMember(agency.admin, nobody, 'viewer'));

    expect(error.code).toBe('not_found');
  });

  test('is refused when the workspace is full, but not to who is in it', async () => {
    const agency = await anAgency(engine, { limits: { membersPerWorkspace: 4 } });
    const { admin, viewer, outsider } = agency;

    const error = await refused(admin, () => putMember(admin, placeOf(agency, outsider), 'viewer'));

    expect(error).toMatchObject({ code: 'member_limit_reached', extra: { limit: 4, wanted: 5 } });
    await expect(putMember(admin, placeOf(agency, viewer), 'editor')).resolves.toMatchObject({
      added: false,
    });
  });

  test('fills the last place and no more', async () => {
    const agency = await anAgency(engine, { limits: { membersPerWorkspace: 5 } });
    await putMember(agency.owner, placeOf(agency, agency.outsider), 'viewer');
    await changeLimits(agency.support, agency.orgId, { membersPerWorkspace: 1, reason: 'test' });

    await expect(removeMember(agency.owner, placeOf(agency, agency.outsider))).resolves.toBeNull();
    const error = await refused(agency.owner, () =>
      putMember(agency.owner, placeOf(agency, agency.outsider), 'viewer'),
    );
    expect(error.code).toBe('member_limit_reached');
  });
});

describe('a workspace keeps an admin', () => {
  /** Home with one admin alone. */
  async function oneAdmin() {
    const agency = await anAgency(engine);
    await removeMember(agency.owner, placeOf(agency, agency.owner));
    return agency;
  }
  const ways: [string, (agency: Agency) => Promise<unknown>][] = [
    ['leaving', (a) => removeMember(a.admin, placeOf(a, a.admin))],
    ['being removed', (a) => removeMember(a.owner, placeOf(a, a.admin))],
    ['becoming an editor', (a) => putMember(a.owner, placeOf(a, a.admin), 'editor')],
    [
      'an update of the workspace',
      (a) =>
        updateWorkspace(a.owner, a.home.workspaceId, {
          members: { set: [{ userId: a.admin.actor.userId, role: 'viewer' }] },
        }),
    ],
    [
      'an update that removes',
      (a) => updateWorkspace(a.owner, a.home.workspaceId, { members: { remove: [a.admin.actor.userId] } }),
    ],
    ['leaving the organization', (a) => removeUser(a.owner, a.admin.actor.userId)],
  ];

  test.each(ways)('against %s of the last one', async (_, way) => {
    const agency = await oneAdmin();

    expect((await refused(agency.owner, () => way(agency))).code).toBe('last_admin');
  });

  test.each(ways)('and does not mind %s of one of two', async (_, way) => {
    const agency = await anAgency(engine);

    await way(agency);

    expect(await brokenInvariants(engine.table, agency.orgId)).toEqual([]);
  });

  test('when one update makes another one admin', async () => {
    const agency = await oneAdmin();
    const { owner, admin, editor, home } = agency;

    await updateWorkspace(owner, home.workspaceId, {
      members: {
        set: [{ userId: editor.actor.userId, role: 'admin' }],
        remove: [admin.actor.userId],
      },
    });

    expect((await memberOf(agency, editor))?.role).toBe('admin');
    expect(await memberOf(agency, admin)).toBeUndefined();
    expect(await brokenInvariants(engine.table, agency.orgId)).toEqual([]);
  });

  test('and names every workspace in the way of leaving the organization', async () => {
    const agency = await oneAdmin();
    const second = await aWorkspace(agency.admin, { name: 'Second' });

    const error = await refused(agency.owner, () => removeUser(agency.owner, agency.admin.actor.userId));

    expect(error.extra.workspaces).toEqual([
      { workspaceId: agency.home.workspaceId, name: 'Home' },
      { workspaceId: second.workspaceId, name: 'Second' },
    ]);
  });
});

describe('leaving', () => {
  test.each(['admin', 'editor', 'viewer'] as const)(
    'an %s may leave, and sees nothing of it any more',
    async (who) => {
      const agency = await anAgency(engine);
      const leaver = agency[who];

      await removeMember(leaver, placeOf(agency, leaver));

      expect((await getMe(leaver)).workspaces).toEqual([]);
      expect((await failure(() => listMembers(leaver, agency.home.workspaceId, page))).code).toBe(
        'not_found',
      );
      expect((await lastEvents(agency))[0]).toEqual({
        type: 'member.removed',
        details: { userId: leaver.actor.userId, role: who },
      });
      expect(await brokenInvariants(engine.table, agency.orgId)).toEqual([]);
    },
  );

  test('is not found for who is no member', async () => {
    const agency = await anAgency(engine);

    const error = await refused(agency.admin, () =>
      removeMember(agency.admin, placeOf(agency, agency.outsider)),
    );

    expect(error.code).toBe('not_found');
  });
});

describe('the version of a membership', () => {
  test('refuses a change of what was changed since', async () => {
    const agency = await anAgency(engine);
    const place = placeOf(agency, agency.viewer);
    await putMember(agency.owner, place, 'editor');

    const change = await refused(agency.admin, () => putMember(agency.admin, place, 'admin', 1));
    const removal = await refused(agency.admin, () => removeMember(agency.admin, place, 1));

    expect([change.code, removal.code]).toEqual(['version_mismatch', 'version_mismatch']);
    expect(change.extra).toEqual({ currentVersion: 2 });
    await expect(putMember(agency.admin, place, 'admin', 2)).resolves.toMatchObject({
      member: { version: 3 },
    });
  });
});

describe('removing somebody from the organization', () => {
  test('takes them out of every workspace at once, and their login out of the organization', async () => {
    const agency = await anAgency(engine);
    const { owner, editor, elsewhere, orgId } = agency;
    await putMember(owner, { workspaceId: elsewhere.workspaceId, userId: editor.actor.userId }, 'viewer');

    await removeUser(owner, editor.actor.userId);

    expect((await failure(() => getMe(editor))).code).toBe('no_organization');
    expect((await failure(() => getUser(owner, editor.actor.userId))).code).toBe('not_found');
    expect(await memberOf(agency, editor)).toBeUndefined();
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('keeps the last owner, and lets one of two go', async () => {
    const agency = await anAgency(engine);
    const { owner, admin, support, orgId } = agency;
    const self = () => removeUser(owner, owner.actor.userId);
    await putMember(
      owner,
      { workspaceId: agency.elsewhere.workspaceId, userId: admin.actor.userId },
      'admin',
    );

    expect((await refused(owner, self)).code).toBe('last_owner');
    await grantOwner(support, { orgId, userId: admin.actor.userId });
    await self();

    expect((await getMe(admin)).organizationRole).toBe('owner');
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('the people of the organization', () => {
  test('are found by a part of name or email, in any case', async () => {
    const { owner } = await anAgency(engine);
    const found = async (search: string) =>
      (await listUsers(owner, { ...page, search })).items.map(({ email }) => email);

    expect(await found('EDIT')).toEqual(['editor@example.com']);
    expect(await found('example.com')).toHaveLength(5);
    expect(await found('nobody')).toEqual([]);
  });

  test('leave out the members of a workspace when that is asked', async () => {
    const { admin, home } = await anAgency(engine);

    const { items } = await listUsers(admin, { ...page, notInWorkspaceId: home.workspaceId });

    expect(items.map(({ email }) => email)).toEqual(['outsider@example.com']);
  });

  test('show the workspaces that the caller sees and count the others', async () => {
    const { admin, outsider } = await anAgency(engine);

    expect(await getUser(admin, outsider.actor.userId)).toMatchObject({
      workspaces: [],
      otherWorkspaceCount: 1,
    });
  });
});
