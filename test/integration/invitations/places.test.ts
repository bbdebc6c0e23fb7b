import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { InvitationId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { Invite, invite } from '../../../domain/invitations/invite.ts';
import { resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { listWorkspaces } from '../../../domain/workspaces/listWorkspaces.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aPerson, type TestUser, type TestWorkspace, tokenOf } from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { race } from '../../support/race.ts';
import { failure, refused } from '../../support/state.ts';

const engine = await anEngine();
/** Home has four members, Elsewhere two. */
const roomForOne = () => anAgency(engine, { limits: { membersPerWorkspace: 5 } });

async function inviteTo(inviter: TestUser, email: string, ...workspaces: TestWorkspace[]) {
  const grants = workspaces.map(({ workspaceId }) => ({ workspaceId, role: 'viewer' as const }));
  const { items } = await invite(inviter, Invite.parse({ invitations: [{ email, grants }] }));
  return InvitationId.parse(items[0]?.invitationId);
}

async function accept({ world, owner, orgId }: Agency, email: string, invitationId: InvitationId) {
  return acceptInvitation(aPerson(world, email), await tokenOf(owner, orgId, invitationId));
}

async function homeOf({ owner, home }: Agency) {
  const { items } = await listWorkspaces(owner, { limit: 100 });
  return items.find(({ workspaceId }) => workspaceId === home.workspaceId);
}

const code = async (ctx: TestUser, attempt: () => Promise<unknown>) => (await refused(ctx, attempt)).code;

describe('whoever is invited holds a place under the limit of members', () => {
  test('so that nobody else is invited into a workspace that is full with them', async () => {
    const { owner, home } = await roomForOne();
    await inviteTo(owner, 'one@example.com', home);

    const error = await refused(owner, () => inviteTo(owner, 'two@example.com', home));

    expect(error).toMatchObject({ code: 'member_limit_reached', extra: { limit: 5, wanted: 6 } });
  });

  test('so that somebody who is in the organization is not added in their stead by an invitation', async () => {
    const { owner, home, outsider } = await roomForOne();
    await inviteTo(owner, 'one@example.com', home);

    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const attempt = () => invite(owner, { invitations: [{ email: outsider.actor.email, grants }] });

    expect(await code(owner, attempt)).toBe('member_limit_reached');
  });

  test('but not against an admin who adds a colleague by name: then the promise is dropped', async () => {
    const agency = await roomForOne();
    const { owner, home, outsider, orgId } = agency;
    const invitationId = await inviteTo(owner, 'one@example.com', home);

    await putMember(owner, { workspaceId: home.workspaceId, userId: outsider.actor.userId }, 'viewer');

    expect(await accept(agency, 'one@example.com', invitationId)).toMatchObject({
      workspaces: [],
      dropped: [{ code: 'member_limit_reached' }],
    });
    expect(await homeOf(agency)).toMatchObject({ memberCount: 5 });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('until the invitation has expired, which no write tells of', async () => {
    const { owner, home, world, orgId } = await roomForOne();
    await inviteTo(owner, 'one@example.com', home);
    world.clock.advance(48 * hour);

    await inviteTo(owner, 'two@example.com', home);

    expect(await code(owner, () => inviteTo(owner, 'three@example.com', home))).toBe('member_limit_reached');
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('an hour longer at most, when it did not begin with one', async () => {
    const { owner, home, world } = await roomForOne();
    world.clock.advance(hour / 2);
    await inviteTo(owner, 'one@example.com', home);
    world.clock.advance(48 * hour);
    const justExpired = await code(owner, () => inviteTo(owner, 'two@example.com', home));
    world.clock.advance(hour / 2);

    await inviteTo(owner, 'two@example.com', home);

    expect(justExpired).toBe('member_limit_reached');
  });

  test('until it is revoked', async () => {
    const { owner, home, orgId } = await roomForOne();
    await revokeInvitation(owner, await inviteTo(owner, 'one@example.com', home));

    await inviteTo(owner, 'two@example.com', home);

    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('until they have come in, and then as a member', async () => {
    const agency = await roomForOne();
    const { owner, home, orgId } = agency;
    await accept(agency, 'one@example.com', await inviteTo(owner, 'one@example.com', home));

    expect(await code(owner, () => inviteTo(owner, 'two@example.com', home))).toBe('member_limit_reached');
    expect(await homeOf(agency)).toMatchObject({ memberCount: 5 });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('also where they came in and the promise was dropped', async () => {
    const agency = await roomForOne();
    const { owner, admin, home, orgId } = agency;
    const invitationId = await inviteTo(admin, 'one@example.com', home);
    await putMember(owner, { workspaceId: home.workspaceId, userId: admin.actor.userId }, 'editor');
    expect(await accept(agency, 'one@example.com', invitationId)).toMatchObject({ workspaces: [] });

    await inviteTo(owner, 'two@example.com', home);

    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('once, however often they are invited', async () => {
    const { owner, home, elsewhere, orgId } = await roomForOne();
    const first = await inviteTo(owner, 'one@example.com', home);

    const second = await inviteTo(owner, 'one@example.com', home, elsewhere);

    expect(second).toBe(first);
    expect(await code(owner, () => inviteTo(owner, 'two@example.com', home))).toBe('member_limit_reached');
    await revokeInvitation(owner, second);
    await inviteTo(owner, 'two@example.com', home);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('and a link that is sent again holds it again, if there is still room', async () => {
    const { owner, home, world, orgId } = await roomForOne();
    const late = await inviteTo(owner, 'one@example.com', home);
    await resendInvitation(owner, late);
    world.clock.advance(48 * hour);
    await inviteTo(owner, 'two@example.com', home);

    expect(await code(owner, () => resendInvitation(owner, late))).toBe('member_limit_reached');
    world.clock.advance(48 * hour);
    await resendInvitation(owner, late);

    expect(await code(owner, () => inviteTo(owner, 'three@example.com', home))).toBe('member_limit_reached');
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('and whoever sends it again learns nothing of a workspace that they don’t see', async () => {
    const { owner, admin, home, elsewhere, outsider, world, orgId } = await anAgency(engine, {
      limits: { membersPerWorkspace: 6 },
    });
    const late = await inviteTo(owner, 'one@example.com', home, elsewhere);
    world.clock.advance(48 * hour);
    for (const n of [1, 2, 3, 4]) await inviteTo(owner, `other-${n}@example.com`, elsewhere);

    const attempt = () => resendInvitation(owner, late);

    expect(await code(owner, attempt)).toBe('member_limit_reached');
    await expect(resendInvitation(outsider, late)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await resendInvitation(admin, late)).toMatchObject({
      grants: [{ workspaceId: home.workspaceId }],
      status: 'pending',
    });
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('which a lower limit takes from nobody who comes in time', async () => {
    const agency = await anAgency(engine);
    const { owner, support, home, orgId } = agency;
    const first = await inviteTo(owner, 'one@example.com', home);
    const second = await inviteTo(owner, 'two@example.com', home);
    await changeLimits(support, orgId, { membersPerWorkspace: 5, reason: 'Ticket 1' });

    const one = await accept(agency, 'one@example.com', first);
    const two = await accept(agency, 'two@example.com', second);

    expect(one).toMatchObject({ workspaces: [{ name: 'Home' }] });
    expect(two).toMatchObject({ workspaces: [], dropped: [{ code: 'member_limit_reached' }] });
    expect(await homeOf(agency)).toMatchObject({ memberCount: 5 });
  });

  test('which moves no version: an invitation is nothing that an edit could overwrite', async () => {
    const agency = await anAgency(engine);
    const before = await homeOf(agency);
    const invitationId = await inviteTo(agency.owner, 'one@example.com', agency.home);
    await resendInvitation(agency.owner, invitationId);
    await revokeInvitation(agency.owner, invitationId);

    expect(await homeOf(agency)).toEqual(before);
  });

  test('of a workspace that is gone it holds none', async () => {
    const { owner, home, elsewhere, orgId } = await anAgency(engine);
    const invitationId = await inviteTo(owner, 'one@example.com', home, elsewhere);
    await deleteWorkspace(owner, home.workspaceId);

    await resendInvitation(owner, invitationId);
    await revokeInvitation(owner, invitationId);

    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('a member who leaves makes room again', async () => {
    const { owner, home, viewer } = await roomForOne();
    await inviteTo(owner, 'one@example.com', home);
    await removeMember(owner, { workspaceId: home.workspaceId, userId: viewer.actor.userId });

    await expect(inviteTo(owner, 'two@example.com', home)).resolves.toMatch(/^inv_/);
  });
});

describe('where there is room for one', () => {
  test('of two who are invited at the same time exactly one is', () =>
    race(
      engine,
      roomForOne,
      [
        ({ owner, home }, as) => inviteTo(as(owner), 'one@example.com', home),
        ({ admin, home }, as) => inviteTo(as(admin), 'two@example.com', home),
      ],
      (codes) => expect(codes.toSorted()).toEqual(['done', 'member_limit_reached']),
      { rounds: 12 },
    ));

  test('an invitation and a link that is sent again: exactly one', () =>
    race(
      engine,
      async () => {
        const agency = await roomForOne();
        const late = await inviteTo(agency.owner, 'late@example.com', agency.home);
        agency.world.clock.advance(48 * hour);
        return { ...agency, late };
      },
      [
        ({ owner, home }, as) => inviteTo(as(owner), 'one@example.com', home),
        ({ admin, late }, as) => resendInvitation(as(admin), late),
      ],
      (codes) => expect(codes.toSorted()).toEqual(['done', 'member_limit_reached']),
      { rounds: 12 },
    ));

  test('somebody comes in while another is invited: both have their place, and a third has none', () =>
    race(
      engine,
      async () => {
        const agency = await anAgency(engine, { limits: { membersPerWorkspace: 6 } });
        const invitationId = await inviteTo(agency.owner, 'one@example.com', agency.home);
        return { ...agency, token: await tokenOf(agency.owner, agency.orgId, invitationId) };
      },
      [
        ({ world, token }, as) => acceptInvitation(as(aPerson(world, 'one@example.com')), token),
        ({ admin, home }, as) => inviteTo(as(admin), 'two@example.com', home),
      ],
      async (codes, agency) => {
        const { owner, home } = agency;
        expect(codes).toEqual(['done', 'done']);
        expect(await homeOf(agency)).toMatchObject({ memberCount: 5 });
        expect(await code(owner, () => inviteTo(owner, 'x@example.com', home))).toBe('member_limit_reached');
      },
      { rounds: 12 },
    ));

  test('several who are invited in one request are refused together', async () => {
    const { owner, home, outsider, orgId } = await roomForOne();
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const people = (...emails: string[]) => ({ invitations: emails.map((email) => ({ email, grants })) });

    const invited = await code(owner, () => invite(owner, people('one@example.com', 'two@example.com')));
    const added = await code(owner, () => invite(owner, people('one@example.com', outsider.actor.email)));

    expect([invited, added]).toEqual(['member_limit_reached', 'member_limit_reached']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('an organization has 1,000 pending invitations at most', () => {
  /** As if this many had been sent now. */
  async function pending(count: number) {
    const agency = await anAgency(engine);
    const expires = new Date(agency.world.clock.now().getTime() + 48 * hour).toISOString();
    const invited = { [expires.slice(0, 13)]: count };
    await engine.table.documents.send(
      new PutCommand({
        TableName: engine.table.name,
        Item: { pk: `ORG#${agency.orgId}`, sk: 'INVITATIONS', orgId: agency.orgId, invited },
      }),
    );
    return agency;
  }

  test('and refuses the next one by name', async () => {
    const { owner, home } = await pending(999);
    await inviteTo(owner, 'one@example.com', home);

    const error = await refused(owner, () => inviteTo(owner, 'two@example.com', home));

    expect(error).toMatchObject({ code: 'invitation_limit_reached', extra: { limit: 1_000 } });
  });

  test('until some have expired, were revoked or were accepted', async () => {
    const agency = await pending(999);
    const { owner, home, world } = agency;
    const first = await inviteTo(owner, 'one@example.com', home);
    await revokeInvitation(owner, first);
    await accept(agency, 'two@example.com', await inviteTo(owner, 'two@example.com', home));
    await inviteTo(owner, 'three@example.com', home);
    expect(await code(owner, () => inviteTo(owner, 'four@example.com', home))).toBe(
      'invitation_limit_reached',
    );

    world.clock.advance(48 * hour);

    await expect(inviteTo(owner, 'four@example.com', home)).resolves.toMatch(/^inv_/);
  });

  test('a fresh link for somebody who is invited is none more; one for an expired invitation is', async () => {
    const { owner, home, world, orgId } = await anAgency(engine);
    const late = await inviteTo(owner, 'late@example.com', home);
    world.clock.advance(48 * hour);
    const present = await inviteTo(owner, 'one@example.com', home);
    const expires = new Date(world.clock.now().getTime() + 48 * hour).toISOString().slice(0, 13);
    const Item = { pk: `ORG#${orgId}`, sk: 'INVITATIONS', orgId, invited: { [expires]: 1_000 } };
    await engine.table.documents.send(new PutCommand({ TableName: engine.table.name, Item }));

    await resendInvitation(owner, present);

    expect(await code(owner, () => resendInvitation(owner, late))).toBe('invitation_limit_reached');
  });

  test('also when another is invited between reading and writing', async () => {
    const { owner, home, elsewhere } = await pending(999);
    const meanwhile = beforeFirstWrite(() => inviteTo(owner, 'two@example.com', elsewhere));
    const late = changed(owner, { table: tableThrough(engine.anotherTable(), meanwhile) });

    const error = await failure(() => inviteTo(late, 'one@example.com', home));

    expect(error.code).toBe('invitation_limit_reached');
  });
});
