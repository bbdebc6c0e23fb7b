import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { InvitationId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { invitationKey } from '../../../domain/invitations/invitation.item.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { invitationLetter } from '../../../domain/invitations/letter.ts';
import { resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { previewInvitation } from '../../../domain/invitations/preview.ts';
import { putMember } from '../../../domain/members/changeMember.ts';
import { CreateOrganization, createOrganization } from '../../../domain/organizations/createOrganization.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aPerson, type TestWorkspace, tokenOf } from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aContext } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { race } from '../../support/race.ts';
import { refused } from '../../support/state.ts';

const engine = await anEngine();
const email = 'guest@example.com';
const second = 1_000;

async function inviteTo({ owner }: Pick<Agency, 'owner'>, ...workspaces: TestWorkspace[]) {
  const grants = workspaces.map(({ workspaceId }) => ({ workspaceId, role: 'editor' as const }));
  const { items } = await invite(owner, { invitations: [{ email, grants }] });
  return InvitationId.parse(items[0]?.invitationId);
}

async function invited() {
  const agency = await anAgency(engine);
  const invitationId = await inviteTo(agency, agency.home);
  const anyone = aContext(agency.world, { kind: 'anyone' });
  const guest = aPerson(agency.world, email);
  const token = await tokenOf(agency.owner, agency.orgId, invitationId);
  return { ...agency, invitationId, token, anyone, guest };
}
type Scene = Awaited<ReturnType<typeof invited>>;

describe('whoever holds a link', () => {
  test('sees what it is about before they accept, without a token of their own', async () => {
    const { anyone, token, owner, elsewhere, orgId, world } = await invited();
    world.clock.advance(hour);
    await inviteTo({ owner }, elsewhere);
    const merged = await invitationLetter(anyone, orgId, await idOf(owner), 'https://app.test');

    const preview = await previewInvitation(anyone, merged?.token ?? '');

    expect(preview).toEqual({
      organizationName: 'Acme',
      invitedBy: { name: 'owner' },
      grants: [
        { workspaceName: 'Home', role: 'editor' },
        { workspaceName: 'Elsewhere', role: 'editor' },
      ],
      email,
      expiresAt: '2026-03-04T10:00:00.000Z',
    });
    expect(token).not.toBe(merged?.token);
  });

  test('as the first owner sees that support invites them to own it', async () => {
    const { support, anyone } = await anAgency(engine).then((agency) => ({
      ...agency,
      anyone: aContext(agency.world, { kind: 'anyone' }),
    }));
    const input = CreateOrganization.parse({ name: 'Other', owner: { email } });
    const { organization, invitation } = await createOrganization(support, input);
    const token = await tokenOf(
      support,
      organization.organizationId as Agency['orgId'],
      invitation.invitationId,
    );

    expect(await previewInvitation(anyone, token)).toMatchObject({
      organizationName: 'Other',
      invitedBy: { name: 'Support' },
      grants: [{ organizationRole: 'owner' }],
    });
  });

  test('of more than can be accepted at once is told to ask for another invite, and gets it', async () => {
    const scene = await invited();
    const { anyone, token, guest, home, owner, admin, orgId, invitationId } = scene;
    const inviters = [owner.actor.userId, admin.actor.userId];
    const grants = Array.from({ length: 23 }, (_, n) => ({
      workspaceId: n === 0 ? home.workspaceId : `wsp_${n}`,
      role: 'editor',
      invitedBy: inviters[n % 2],
    }));
    await engine.table.documents.send(
      new UpdateCommand({
        TableName: engine.table.name,
        Key: invitationKey(orgId, invitationId),
        UpdateExpression: 'SET grants = :grants',
        ExpressionAttributeValues: { ':grants': grants },
      }),
    );

    const errors = [
      await refused(anyone, () => previewInvitation(anyone, token)),
      await refused(guest, () => acceptInvitation(guest, token)),
    ];
    await inviteTo(scene, home);

    expect(errors.map(({ code }) => code)).toEqual(['invitation_expired', 'invitation_expired']);
    const fresh = await tokenOf(owner, orgId, invitationId);
    expect(await acceptInvitation(guest, fresh)).toMatchObject({
      workspaces: [{ name: 'Home' }],
      dropped: [],
    });
  });

  test('sees no workspace that accepting would not give them', async () => {
    const { anyone, owner, admin, home, orgId, world } = await anAgency(engine).then((agency) => ({
      ...agency,
      anyone: aContext(agency.world, { kind: 'anyone' }),
    }));
    const invitationId = await inviteTo({ owner: admin }, home);
    await putMember(owner, { workspaceId: home.workspaceId, userId: admin.actor.userId }, 'viewer');

    const preview = await previewInvitation(anyone, await tokenOf(world, orgId, invitationId));

    expect(preview).toMatchObject({ invitedBy: { name: 'admin' }, grants: [] });
  });

  test('sees no name of an inviter who has left, nor of a workspace that has gone', async () => {
    const { anyone, owner, admin, home, elsewhere, orgId, world } = await anAgency(engine).then((agency) => ({
      ...agency,
      anyone: aContext(agency.world, { kind: 'anyone' }),
    }));
    await inviteTo({ owner }, elsewhere);
    world.clock.advance(hour);
    const invitationId = await inviteTo({ owner: admin }, home);
    await removeUser(owner, admin.actor.userId);
    await deleteWorkspace(owner, elsewhere.workspaceId);

    const preview = await previewInvitation(anyone, await tokenOf(world, orgId, invitationId));

    expect(preview).toMatchObject({ invitedBy: {}, grants: [] });
    expect(preview.invitedBy).not.toHaveProperty('name');
  });

  const expired =
    'Your invitation link has expired, please ask the person who invited you for another invite or reach out to our Support Team for assistance.';
  test.each<[string, (scene: Scene) => Promise<unknown>, object]>([
    ['revoked', ({ owner, invitationId }) => revokeInvitation(owner, invitationId), { code: 'not_found' }],
    ['used', ({ guest, token }) => acceptInvitation(guest, token), { code: 'invitation_used' }],
    [
      'expired',
      async ({ world }) => world.clock.advance(48 * hour),
      { code: 'invitation_expired', message: expired },
    ],
    [
      'sent again',
      ({ owner, invitationId }) => resendInvitation(owner, invitationId),
      { code: 'invitation_replaced' },
    ],
    ['merged into a fresh one', (scene) => inviteTo(scene, scene.elsewhere), { code: 'invitation_replaced' }],
    [
      'sent again after it expired',
      async ({ world, owner, invitationId }) => {
        world.clock.advance(100 * hour);
        await resendInvitation(owner, invitationId);
      },
      { code: 'invitation_replaced' },
    ],
    [
      'replaced, and the newer one used',
      async ({ owner, orgId, invitationId, guest }) => {
        await resendInvitation(owner, invitationId);
        await acceptInvitation(guest, await tokenOf(owner, orgId, invitationId));
      },
      { code: 'invitation_used' },
    ],
    [
      'replaced, and the newer one revoked',
      async ({ owner, invitationId }) => {
        await resendInvitation(owner, invitationId);
        await revokeInvitation(owner, invitationId);
      },
      { code: 'not_found' },
    ],
  ])('is told the same by the preview as by accepting when it was %s', async (_, change, problem) => {
    const scene = await invited();
    const { anyone, guest, token } = scene;
    await change(scene);

    const previewed = await refused(guest, () => previewInvitation(anyone, token));
    const accepted = await refused(guest, () => acceptInvitation(guest, token));

    expect(previewed).toMatchObject(problem);
    expect([accepted.code, accepted.message]).toEqual([previewed.code, previewed.message]);
  });

  test('that was made up learns nothing, whether there is such an invitation or not', async () => {
    const { anyone, guest, owner, invitationId, token } = await invited();
    await resendInvitation(owner, invitationId);
    const [org = '', id = '', secret = ''] = token.split('.');
    const changedAt = (byte: number) => {
      const bytes = Buffer.from(secret, 'base64url');
      bytes[byte] = (bytes[byte] ?? 0) ^ 1;
      return `${org}.${id}.${bytes.toString('base64url')}`;
    };
    const forged = [
      changedAt(0),
      changedAt(47),
      `${token}A`,
      `${org}.inv_${'0'.repeat(26)}.${secret}`,
      'none',
    ];

    const codes = [];
    for (const attempt of forged) {
      const previewed = await refused(guest, () => previewInvitation(anyone, attempt));
      const accepted = await refused(guest, () => acceptInvitation(guest, attempt));
      codes.push([previewed.code, previewed.message, accepted.code]);
    }

    expect(codes).toEqual(forged.map(() => ['not_found', 'There is no such resource.', 'not_found']));
  });
});

describe('one address gets no flood of mails', () => {
  const seconds = async (scene: Pick<Scene, 'owner'>, attempt: () => Promise<unknown>) => {
    const error = await refused(scene.owner, attempt);
    expect(error.code).toBe('throttled');
    return error.extra.retryAfterSeconds;
  };

  test('a second resend within 60 seconds says how many of them are left', async () => {
    const scene = await invited();
    const resend = () => resendInvitation(scene.owner, scene.invitationId);
    await resend();

    scene.world.clock.advance(18.5 * second);
    expect(await seconds(scene, resend)).toBe(42);
    scene.world.clock.advance(41 * second);
    expect(await seconds(scene, resend)).toBe(1);
    scene.world.clock.advance(second / 2);
    await expect(resend()).resolves.toMatchObject({ status: 'pending', version: 3 });
  });

  test('nor does inviting again, and once more', async () => {
    const scene = await invited();
    const { elsewhere, home, owner, invitationId } = scene;
    await inviteTo(scene, elsewhere);

    expect(await seconds(scene, () => inviteTo(scene, home))).toBe(60);
    expect(await seconds(scene, () => resendInvitation(owner, invitationId))).toBe(60);
  });

  test('nor does revoking and inviting in turn', async () => {
    const scene = await invited();
    const { owner, home, world } = scene;
    await revokeInvitation(owner, scene.invitationId);
    await revokeInvitation(owner, await inviteTo(scene, home));

    expect(await seconds(scene, () => inviteTo(scene, home))).toBe(60);
    world.clock.advance(60 * second);
    await expect(inviteTo(scene, home)).resolves.toMatch(/^inv_/);
  });

  test('in a request for many it is one who is listed, and all others are invited', async () => {
    const scene = await invited();
    const grants = [{ workspaceId: scene.elsewhere.workspaceId, role: 'viewer' as const }];
    await inviteTo(scene, scene.elsewhere);

    const { items } = await invite(scene.owner, {
      invitations: ['one@example.com', email, 'two@example.com'].map((to) => ({ email: to, grants })),
    });

    expect(items).toMatchObject([
      { status: 'invited' },
      { email, status: 'failed', code: 'throttled' },
      { status: 'invited' },
    ]);
  });

  test('of two who send it again at the same time one does', () =>
    race(
      engine,
      invited,
      [
        ({ owner, invitationId }, as) => resendInvitation(as(owner), invitationId),
        ({ admin, invitationId }, as) => resendInvitation(as(admin), invitationId),
      ],
      (codes) => expect(codes.toSorted()).toEqual(['done', 'throttled']),
      { rounds: 6 },
    ));
});

describe('the mail', () => {
  test('names who invites, into which workspaces, as what', async () => {
    const { owner, elsewhere, orgId, world, invitationId } = await invited();
    world.clock.advance(hour);
    const grants = [{ workspaceId: elsewhere.workspaceId, role: 'viewer' as const }];
    await invite(owner, { invitations: [{ email, grants }] });

    const letter = await invitationLetter(owner, orgId, invitationId, 'https://app.test');

    expect(letter).toMatchObject({ to: email, subject: 'You are invited to Acme' });
    expect(letter?.text).toBe(
      [
        'owner (owner@example.com) invites you to work with Acme:',
        '',
        '- in Home, as editor',
        '- in Elsewhere, as viewer',
        '',
        'Open this link within 48 hours to accept:',
        letter?.link,
        '',
      ].join('\n'),
    );
  });

  test('of the first owner names support', async () => {
    const { support } = await anAgency(engine);
    const input = CreateOrganization.parse({ name: 'Other', owner: { email } });
    const { organization, invitation } = await createOrganization(support, input);
    const orgId = organization.organizationId as Agency['orgId'];

    const letter = await invitationLetter(
      support,
      orgId,
      InvitationId.parse(invitation.invitationId),
      'https://app.test',
    );

    expect(letter?.text).toMatch(
      /^Our support team invites you to work with Other:\n\n- as owner of the organization\n/,
    );
  });

  test('asked for by an event before the present link was made is not sent: that has a mail of its own', async () => {
    const { owner, orgId, invitationId, world } = await invited();
    const askedAt = world.clock.now().toISOString();
    world.clock.advance(second);
    await resendInvitation(owner, invitationId);
    const letterFor = (at: string) => invitationLetter(owner, orgId, invitationId, 'https://app.test', at);

    expect(await letterFor(askedAt)).toBeUndefined();
    expect(await letterFor(world.clock.now().toISOString())).toMatchObject({ to: email });
  });

  test('of an invitation that was revoked, accepted or has expired is not sent', async () => {
    const [revoked, accepted, late] = [await invited(), await invited(), await invited()];
    await revokeInvitation(revoked.owner, revoked.invitationId);
    await acceptInvitation(accepted.guest, accepted.token);
    late.world.clock.advance(48 * hour);

    for (const { owner, orgId, invitationId } of [revoked, accepted, late])
      expect(await invitationLetter(owner, orgId, invitationId, 'https://app.test')).toBeUndefined();
  });
});

async function idOf(owner: Agency['owner']): Promise<InvitationId> {
  const { listInvitations } = await import('../../../domain/invitations/manage.ts');
  const { items } = await listInvitations(owner, { limit: 100 });
  return InvitationId.parse(items.find((one) => one.email === email)?.invitationId);
}
