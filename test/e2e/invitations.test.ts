import { beforeAll, describe, expect, test } from 'vitest';
import type {
  Accepted,
  AuditEvent,
  Invitation,
  Invited,
  Me,
  Member,
  Page,
  Role,
  Workspace,
} from './shapes.ts';
import { onStage, refused } from './stage.ts';
import {
  accept,
  anOrganization,
  aPerson,
  aWorkspace,
  mailedToken,
  type Person,
  type World,
  walk,
} from './world.ts';

const hours48 = 48 * 3_600_000;

onStage('invitations', (stage) => {
  let world: World;
  let owner: Person;
  beforeAll(async () => {
    world = await anOrganization(stage, { name: 'Northwind', limits: { workspaces: 1_000 } });
    owner = world.owner;
  });

  const place = async (name = 'Workspace') => (await aWorkspace(owner, { name })).workspaceId;
  const invite = async (by: Person, email: string, roles: Record<string, Role>) => {
    const grants = Object.entries(roles).map(([workspaceId, role]) => ({ workspaceId, role }));
    const { items } = await by.make<Invited>('/v1/invitations', { invitations: [{ email, grants }] });
    const [item] = items;
    if (!item) throw new Error('Nobody was invited.');
    return item;
  };
  const invitationsTo = (workspaceId: string) =>
    walk<Invitation>(owner, `/v1/invitations?workspaceId=${workspaceId}`);

  describe('inviting', () => {
    test('several people into several workspaces tells of each, and mails each a link for 48 hours', async () => {
      const [one, two] = [await place('One'), await place('Two')];
      const emails = [stage.email('Ann'), stage.email('Ben'), stage.email('Cem')];

      const { items } = await owner.make<Invited>('/v1/invitations', {
        invitations: emails.map((email, n) => ({
          email,
          grants: [
            { workspaceId: one, role: 'viewer' },
            ...(n > 0 ? [{ workspaceId: two, role: 'editor' }] : []),
          ],
        })),
      });

      expect(items.map(({ email, status }) => [email, status])).toEqual(
        emails.map((email) => [email, 'invited']),
      );
      const listed = await invitationsTo(two);
      expect(listed).toHaveLength(2);
      for (const { status, createdAt, expiresAt, invitedBy } of listed) {
        expect({ status, invitedBy }).toEqual({ status: 'pending', invitedBy: owner.userId });
        expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(hours48);
      }
      for (const email of emails) {
        const token = await mailedToken(stage, email);
        const [mail] = await stage.target.mails(email);
        expect(mail?.subject).toContain('Northwind');
        expect(mail?.text).toContain(mail?.link);
        expect(mail?.link).toContain(token);
      }
    });

    test('up to 50 people in 20 workspaces at once, and no more', async () => {
      const places = await Promise.all(Array.from({ length: 21 }, () => place()));
      const grants = places.map((workspaceId) => ({ workspaceId, role: 'viewer' }));
      const person = (n: number) => ({ email: stage.email('many'), grants: grants.slice(0, n) });

      const { items } = await owner.make<Invited>('/v1/invitations', {
        invitations: Array.from({ length: 50 }, (_, n) => person(n === 0 ? 20 : 1)),
      });
      const tooMany = [
        Array.from({ length: 51 }, () => person(1)),
        [person(21)],
        [person(0)],
        [],
        [{ ...person(1), grants: [...grants.slice(0, 1), ...grants.slice(0, 1)] }],
      ];

      expect(items).toHaveLength(50);
      for (const invitations of tooMany)
        refused(await owner.post('/v1/invitations', { invitations }), 400, 'validation_failed');
    });

    test('an address twice is refused, also in other capitals', async () => {
      const grants = [{ workspaceId: await place(), role: 'viewer' }];
      const email = stage.email('twice');

      const answer = await owner.post('/v1/invitations', {
        invitations: [
          { email, grants },
          { email: email.toUpperCase(), grants },
        ],
      });

      refused(answer, 400, 'validation_failed');
    });

    test.each(['', 'nobody', 'a@b', 'a b@c.example', `${'x'.repeat(250)}@e.example`])(
      '%j is not an address',
      async (email) => {
        const invitations = [{ email, grants: [{ workspaceId: await place(), role: 'viewer' }] }];

        const problem = refused(
          await owner.post('/v1/invitations', { invitations }),
          400,
          'validation_failed',
        );

        expect(problem.errors?.[0]?.pointer).toBe('#/invitations/0/email');
      },
    );

    test('somebody who is in the organization already adds them at once and keeps the roles that they have', async () => {
      const [home, here] = [await place(), await place()];
      const person = await aPerson(stage, owner, { [home]: 'editor' });
      const mails = (await stage.target.mails(person.email)).length;

      const item = await invite(owner, person.email.toUpperCase(), { [home]: 'viewer', [here]: 'viewer' });

      expect(item).toMatchObject({
        email: person.email,
        status: 'added',
        grants: [
          { workspaceId: home, role: 'editor' },
          { workspaceId: here, role: 'viewer' },
        ],
      });
      expect(await invite(owner, person.email, { [home]: 'admin' })).toMatchObject({
        status: 'unchanged',
        role: 'editor',
      });
      const { workspaces } = await person.read<Me>('/v1/me');
      expect(Object.fromEntries(workspaces.map(({ workspaceId, role }) => [workspaceId, role]))).toEqual({
        [home]: 'editor',
        [here]: 'viewer',
      });
      expect(await stage.target.mails(person.email)).toHaveLength(mails);
    });

    test('somebody again merges the grants into one fresh invitation; the older link is dead', async () => {
      const [one, two] = [await place(), await place()];
      const email = stage.email('again');
      await invite(owner, email, { [one]: 'viewer' });
      const older = await mailedToken(stage, email);

      await invite(owner, email, { [one]: 'editor', [two]: 'viewer' });

      const pending = (await invitationsTo(one)).filter((i) => i.email === email && i.status === 'pending');
      expect(pending).toHaveLength(1);
      expect(pending[0]?.grants).toEqual(
        expect.arrayContaining([
          { workspaceId: one, role: 'editor' },
          { workspaceId: two, role: 'viewer' },
        ]),
      );
      const guest = stage.as({ email });
      refused(await guest.post('/v1/invitations/accept', { token: older }), 410, 'invitation_replaced');
      const accepted = await accept(guest, await mailedToken(stage, email));
      expect(accepted.workspaces).toHaveLength(2);
    });

    test('needs the right in every workspace that is named', async () => {
      const [theirs, other] = [await place(), await place()];
      const admin = await aPerson(stage, owner, { [theirs]: 'admin', [other]: 'editor' });
      const invitations = [
        {
          email: stage.email('x'),
          grants: [theirs, other].map((workspaceId) => ({ workspaceId, role: 'viewer' })),
        },
      ];

      refused(await admin.post('/v1/invitations', { invitations }), 403, 'forbidden');

      expect(await invitationsTo(theirs)).toEqual([expect.objectContaining({ status: 'accepted' })]);
    });
  });

  describe('accepting', () => {
    test('is for the invited address alone, whatever its capitals', async () => {
      const here = await place();
      const email = stage.email('Mixed');
      await invite(owner, email.toUpperCase(), { [here]: 'viewer' });
      const token = await mailedToken(stage, email);

      const other = await stage.as({ email: stage.email('other') }).post('/v1/invitations/accept', { token });
      const accepted = await accept(stage.as({ email: email.toUpperCase() }), token);

      refused(other, 403, 'invitation_for_someone_else');
      expect(accepted).toMatchObject({
        organization: { id: world.organizationId, name: 'Northwind' },
        organizationRole: 'member',
        workspaces: [{ workspaceId: here, role: 'viewer' }],
        dropped: [],
      });
    });

    test('is refused to nobody for the name in their token: one that could not be given in a request is left out', async () => {
      const here = await place();
      const email = stage.email('odd');
      await invite(owner, email, { [here]: 'viewer' });
      const guest = stage.as({ email, name: 'Odd\nBcc: all@example.com' });

      await accept(guest, await mailedToken(stage, email));

      const members = await walk<Member>(owner, `/v1/workspaces/${here}/members`);
      expect(members.find((member) => member.email === email)?.name).toBe(email.replace(/@.*/, ''));
    });

    test('works once', async () => {
      const email = stage.email('once');
      await invite(owner, email, { [await place()]: 'viewer' });
      const token = await mailedToken(stage, email);
      const guest = stage.as({ email });
      await accept(guest, token);

      refused(await guest.post('/v1/invitations/accept', { token }), 409, 'invitation_used');
    });

    test('10 times twice at once: always one person', async () => {
      for (let round = 0; round < 10; round++) {
        const [here, email] = [await place(), stage.email('racer')];
        await invite(owner, email, { [here]: 'viewer' });
        const token = await mailedToken(stage, email);
        const guest = stage.as({ email });

        const answers = await Promise.all([
          guest.post<Accepted>('/v1/invitations/accept', { token }),
          guest.post<Accepted>('/v1/invitations/accept', { token }),
        ]);

        expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
        expect(await owner.read(`/v1/workspaces/${here}`)).toMatchObject({ memberCount: 2 });
      }
    });

    test('drops and lists what cannot be given any more: a workspace that has gone, an inviter without the right', async () => {
      const [kept, gone, lost] = [await place('Kept'), await place('Gone'), await place('Lost')];
      const inviter = await aPerson(stage, owner, { [kept]: 'admin', [gone]: 'admin', [lost]: 'admin' });
      const email = stage.email('late');
      await invite(inviter, email, { [kept]: 'editor', [gone]: 'viewer', [lost]: 'viewer' });
      await owner.delete(`/v1/workspaces/${gone}`);
      await owner.put(`/v1/workspaces/${lost}/members/${inviter.userId}`, { role: 'editor' });

      const accepted = await accept(stage.as({ email }), await mailedToken(stage, email));

      expect(accepted.workspaces).toEqual([{ workspaceId: kept, name: 'Kept', role: 'editor' }]);
      expect(accepted.dropped).toHaveLength(2);
      expect(accepted.dropped).toEqual(
        expect.arrayContaining([
          { workspaceId: gone, role: 'viewer', code: expect.any(String) },
          { workspaceId: lost, role: 'viewer', code: expect.any(String) },
        ]),
      );
    });

    test.each(['none', 'org_x.inv_y.z', 'a.b', '.', '...'])('%j opens nothing', async (token) => {
      const guest = stage.as({ email: stage.email('guest') });

      refused(await guest.post('/v1/invitations/accept', { token }), 404, 'not_found');
    });

    test('a link whose last letters were changed opens nothing', async () => {
      const email = stage.email('guest');
      await invite(owner, email, { [await place()]: 'viewer' });
      const token = await mailedToken(stage, email);
      const guest = stage.as({ email });

      for (const forged of [
        `${token.slice(0, -3)}AAA`,
        `${token}A`,
        token.slice(0, -1),
        token.replace(/[^.]+$/, ''),
      ])
        refused(await guest.post('/v1/invitations/accept', { token: forged }), 404, 'not_found');
    });

    test('23 workspaces in one invitation works, merged from two by an admin', async () => {
      const places = await Promise.all(Array.from({ length: 23 }, () => place()));
      const admin = await aPerson(
        stage,
        owner,
        Object.fromEntries(places.slice(0, 20).map((id) => [id, 'admin' as const])),
      );
      for (const id of places.slice(20))
        await owner.put(`/v1/workspaces/${id}/members/${admin.userId}`, { role: 'admin' });
      const email = stage.email('everywhere');
      await invite(
        admin,
        email,
        Object.fromEntries(places.slice(0, 20).map((id) => [id, 'viewer' as const])),
      );
      await invite(admin, email, Object.fromEntries(places.slice(20).map((id) => [id, 'viewer' as const])));

      const accepted = await accept(stage.as({ email }), await mailedToken(stage, email));

      expect(accepted.workspaces).toHaveLength(23);
    });
  });

  describe('the link', () => {
    test('shows without a token what accepting it would give, as the mail does', async () => {
      const email = stage.email('curious');
      await invite(owner, email, { [await place('Client One')]: 'editor' });
      const token = await mailedToken(stage, email);
      const anyone = stage.withToken(undefined);

      const { status, body } = await anyone.post('/v1/invitations/preview', { token });

      const [mail] = await stage.target.mails(email);
      const { name } = await owner.read<Me>('/v1/me');
      expect(status).toBe(200);
      expect(body).toEqual({
        organizationName: 'Northwind',
        invitedBy: { name },
        grants: [{ workspaceName: 'Client One', role: 'editor' }],
        email,
        expiresAt: expect.any(String),
      });
      for (const words of [name, 'Northwind', 'Client One', 'editor']) expect(mail?.text).toContain(words);
    });

    test('that is dead shows what accepting it would answer, and one that is made up nothing', async () => {
      const email = stage.email('dead');
      const { invitationId } = await invite(owner, email, { [await place()]: 'viewer' });
      const older = await mailedToken(stage, email);
      await owner.post(`/v1/invitations/${invitationId}/resend`, undefined);
      const used = await mailedToken(stage, email);
      await accept(stage.as({ email }), used);
      const preview = (token: string) =>
        stage.withToken(undefined).post('/v1/invitations/preview', { token });

      refused(await preview(used), 409, 'invitation_used');
      refused(await preview(older), 409, 'invitation_used');
      refused(await preview(`${used.slice(0, -3)}AAA`), 404, 'not_found');
      refused(await preview('none'), 404, 'not_found');
    });
  });

  describe('resending', () => {
    test('gives a new link for another 48 hours and kills the old one', async () => {
      const here = await place();
      const email = stage.email('slow');
      const { invitationId } = await invite(owner, email, { [here]: 'viewer' });
      const older = await mailedToken(stage, email);
      const [before] = await invitationsTo(here);

      const answer = await owner.post<Invitation>(`/v1/invitations/${invitationId}/resend`, undefined);

      expect(answer).toMatchObject({ status: 200, body: { invitationId, status: 'pending' } });
      expect(answer.body.expiresAt > (before?.expiresAt ?? '')).toBe(true);
      const guest = stage.as({ email });
      refused(await guest.post('/v1/invitations/accept', { token: older }), 410, 'invitation_replaced');
      const newer = await mailedToken(stage, email);
      expect(newer).not.toBe(older);
      expect((await accept(guest, newer)).workspaces).toHaveLength(1);
      refused(await owner.post(`/v1/invitations/${invitationId}/resend`, undefined), 409, 'invitation_used');
    });

    test('a second time within a minute is refused, with the seconds that are left', async () => {
      const email = stage.email('flooded');
      const { invitationId } = await invite(owner, email, { [await place()]: 'viewer' });
      const resend = () => owner.post(`/v1/invitations/${invitationId}/resend`, undefined);
      expect((await resend()).status).toBe(200);
      const mails = await stage.target.mails(email);

      const again = await resend();

      refused(again, 429, 'throttled');
      const seconds = Number(again.headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(1);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(await stage.target.mails(email)).toEqual(mails);
    });
  });

  describe('revoking', () => {
    test('kills the link, and a new invitation can follow', async () => {
      const here = await place();
      const email = stage.email('unwanted');
      const { invitationId } = await invite(owner, email, { [here]: 'viewer' });
      const token = await mailedToken(stage, email);

      expect((await owner.delete(`/v1/invitations/${invitationId}`)).status).toBe(204);

      const guest = stage.as({ email });
      refused(await guest.post('/v1/invitations/accept', { token }), 404, 'not_found');
      expect(await invitationsTo(here)).toMatchObject([{ invitationId, status: 'revoked' }]);
      refused(await owner.post(`/v1/invitations/${invitationId}/resend`, undefined), 404, 'not_found');
      await invite(owner, email, { [here]: 'editor' });
      const accepted = await accept(guest, await mailedToken(stage, email));
      expect(accepted.workspaces).toMatchObject([{ role: 'editor' }]);
    });
  });

  describe('seeing invitations', () => {
    test('a workspace’s members can be listed with those who are invited', async () => {
      const here = await place();
      const email = stage.email('invited');
      const { invitationId } = await invite(owner, email, { [here]: 'editor' });

      const all = await walk<Member>(owner, `/v1/workspaces/${here}/members?include=invitations`);
      const active = await walk<Member>(owner, `/v1/workspaces/${here}/members`);

      expect(all).toMatchObject([
        { userId: owner.userId, status: 'active', role: 'admin' },
        { userId: null, email, status: 'invited', role: 'editor', invitationId, addedBy: owner.userId },
      ]);
      expect(active).toHaveLength(1);
    });

    test('an admin sees of each only the workspaces they manage, and never the link', async () => {
      const [theirs, other] = [await place(), await place()];
      const admin = await aPerson(stage, owner, { [theirs]: 'admin' });
      const email = stage.email('both');
      await invite(owner, email, { [theirs]: 'viewer', [other]: 'admin' });
      await invite(owner, stage.email('elsewhere'), { [other]: 'viewer' });
      const token = await mailedToken(stage, email);

      const { text, body } = await admin.get<Page<Invitation>>('/v1/invitations');

      const pending = body.items.filter(({ status }) => status === 'pending');
      expect(pending).toMatchObject([{ email, grants: [{ workspaceId: theirs, role: 'viewer' }] }]);
      expect(pending[0]?.grants).toHaveLength(1);
      expect(text).not.toContain(other);
      expect(text).not.toContain(token);
      expect(text).not.toContain(token.split('.').at(-1));
    });

    test('every step is told in an event, without the link', async () => {
      const { owner: by } = await anOrganization(stage);
      const { workspaceId } = await aWorkspace(by);
      const email = stage.email('told');
      const { invitationId } = await invite(by, email, { [workspaceId]: 'viewer' });
      await by.post(`/v1/invitations/${invitationId}/resend`, undefined);
      const token = await mailedToken(stage, email);
      await accept(stage.as({ email }), token);

      const events = await by.get<Page<AuditEvent>>('/v1/events?limit=100');

      const types = events.body.items.map(({ type }) => type);
      expect(types.filter((type) => type.startsWith('invitation.'))).toEqual([
        'invitation.accepted',
        'invitation.resent',
        'invitation.created',
        'invitation.accepted',
        'invitation.created',
      ]);
      expect(events.text).not.toContain(token.split('.').at(-1));
    });
  });

  test('the member limit counts those who are invited, and holds for those who accept', async () => {
    const { owner: by } = await anOrganization(stage, { limits: { membersPerWorkspace: 2 } });
    const [home, full]: Workspace[] = [await aWorkspace(by), await aWorkspace(by)] as [Workspace, Workspace];
    const present = await aPerson(stage, by, { [home?.workspaceId ?? '']: 'viewer' });
    const late = stage.email('late');
    const fullId = full?.workspaceId ?? '';
    await invite(by, late, { [fullId]: 'viewer' });

    const atOnce = await by.post('/v1/invitations', {
      invitations: [{ email: present.email, grants: [{ workspaceId: fullId, role: 'viewer' }] }],
    });
    const anew = await by.post('/v1/invitations', {
      invitations: [{ email: stage.email('later'), grants: [{ workspaceId: fullId, role: 'viewer' }] }],
    });
    await by.put(`/v1/workspaces/${fullId}/members/${present.userId}`, { role: 'viewer' });
    const accepted = await accept(stage.as({ email: late }), await mailedToken(stage, late));

    refused(anew, 409, 'member_limit_reached');
    refused(atOnce, 409, 'member_limit_reached');
    expect(accepted).toMatchObject({ workspaces: [], dropped: [{ code: 'member_limit_reached' }] });
    expect(await by.read(`/v1/workspaces/${fullId}`)).toMatchObject({ memberCount: 2 });
  });
});
