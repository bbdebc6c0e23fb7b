import { expect, test } from 'vitest';
import type { AuditEvent, Me, Organization, Page } from './shapes.ts';
import { onStage, refused } from './stage.ts';
import { anOrganization, aPerson, aWorkspace, walk } from './world.ts';

const defaults = { workspaces: 10, membersPerWorkspace: 500, connectionsPerWorkspace: 5_000 };

onStage('support', (stage) => {
  const pathOf = (organizationId: string) => `/v1/admin/organizations/${organizationId}`;

  test('creates an organization with the default limits and invites its owner by mail', async () => {
    const email = stage.email('owner');

    const answer = await stage
      .support()
      .post<{ organization: Organization; invitation: { email: string; expiresAt: string } }>(
        '/v1/admin/organizations',
        { name: 'New', owner: { email: email.toUpperCase() } },
      );

    const { organization, invitation } = answer.body;
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(pathOf(organization.organizationId));
    expect(organization).toMatchObject({
      name: 'New',
      limits: defaults,
      usage: { workspaces: 0 },
      owners: [],
    });
    expect(invitation.email).toBe(email);
    expect(answer.text).not.toContain('token');
    expect(await stage.target.mails(email)).toHaveLength(1);
    expect(await stage.support().read(pathOf(organization.organizationId))).toEqual(organization);
  });

  test('sees limits, usage and owners of an organization', async () => {
    const { owner, organizationId } = await anOrganization(stage, { limits: { membersPerWorkspace: 7 } });
    await aWorkspace(owner);

    expect(await stage.support().read(pathOf(organizationId))).toMatchObject({
      limits: { ...defaults, membersPerWorkspace: 7 },
      usage: { workspaces: 1 },
      owners: [{ userId: owner.userId, email: owner.email, name: owner.name }],
    });
  });

  test('finds organizations by part of their name, whatever the case and the accents, each once', async () => {
    const word = `Zürich${stage.count()}${process.pid}`;
    const made = [];
    for (const suffix of ['A', 'B', 'C', 'D', 'E'])
      made.push((await anOrganization(stage, { name: `${word} ${suffix}` })).organizationId);
    const found = async (search: string, limit?: number) =>
      (
        await walk<Organization>(
          stage.support(),
          `/v1/admin/organizations?search=${encodeURIComponent(search)}`,
          limit,
        )
      ).map(({ organizationId }) => organizationId);

    expect((await found(word.replace('ü', 'u').toUpperCase())).sort()).toEqual([...made].sort());
    expect((await found(word, 1)).sort()).toEqual([...made].sort());
    expect(await found(`${word} x`)).toEqual([]);
  });

  test('changes some limits with a reason, and the event keeps it with the values before and after', async () => {
    const { organizationId } = await anOrganization(stage);

    const answer = await stage.support().patch<Organization>(`${pathOf(organizationId)}/limits`, {
      workspaces: 25,
      connectionsPerWorkspace: 0,
      reason: '  Ticket 12: more clients ',
    });

    const after = { workspaces: 25, membersPerWorkspace: 500, connectionsPerWorkspace: 0 };
    expect(answer).toMatchObject({ status: 200, body: { limits: after } });
    const { items } = await stage.support().read<Page<AuditEvent>>(`${pathOf(organizationId)}/events`);
    expect(items[0]).toMatchObject({
      type: 'limits.changed',
      actor: { kind: 'support' },
      details: { reason: 'Ticket 12: more clients', before: defaults, after },
    });
  });

  test.each([
    ['no reason', { workspaces: 5 }],
    ['an empty reason', { workspaces: 5, reason: ' ' }],
    ['no limit', { reason: 'Why not' }],
    ['a limit below zero', { workspaces: -1, reason: 'x' }],
    ['a limit above 100,000', { membersPerWorkspace: 100_001, reason: 'x' }],
    ['half a workspace', { workspaces: 1.5, reason: 'x' }],
    ['a limit that is none', { colours: 5, reason: 'x' }],
  ])('a change of limits with %s is refused', async (_, body) => {
    const { organizationId } = await anOrganization(stage);

    refused(await stage.support().patch(`${pathOf(organizationId)}/limits`, body), 400, 'validation_failed');

    expect(await stage.support().read(pathOf(organizationId))).toMatchObject({ limits: defaults });
  });

  test('limits from 0 to 100,000 are taken', async () => {
    const { organizationId } = await anOrganization(stage);

    for (const value of [0, 100_000]) {
      const limits = { workspaces: value, membersPerWorkspace: value, connectionsPerWorkspace: value };
      const answer = await stage
        .support()
        .patch(`${pathOf(organizationId)}/limits`, { ...limits, reason: 'A test' });
      expect(answer).toMatchObject({ status: 200, body: { limits } });
    }
  });

  test('makes somebody an owner, who then sees every workspace, and takes it back', async () => {
    const { owner, organizationId } = await anOrganization(stage);
    const [one, two] = [await aWorkspace(owner), await aWorkspace(owner)];
    const person = await aPerson(stage, owner, { [one.workspaceId]: 'viewer' });
    const path = `${pathOf(organizationId)}/owners/${person.userId}`;

    const granted = await stage.support().put<Organization>(path, undefined);
    const asOwner = await person.read<Me>('/v1/me');
    const again = await stage.support().put(path, undefined);
    const revoked = await stage.support().delete(path);

    expect(granted.status).toBe(200);
    expect(granted.body.owners.map(({ userId }) => userId).sort()).toEqual(
      [owner.userId, person.userId].sort(),
    );
    expect(asOwner).toMatchObject({ organizationRole: 'owner' });
    expect(asOwner.workspaces.map(({ workspaceId }) => workspaceId)).toContain(two.workspaceId);
    expect(again.body).toEqual(granted.body);
    expect(revoked.status).toBe(204);
    refused(await person.get(`/v1/workspaces/${two.workspaceId}`), 404, 'not_found');
    expect(await person.read('/v1/me')).toMatchObject({
      organizationRole: 'member',
      canCreateWorkspaces: false,
    });
    const events = await walk<AuditEvent>(stage.support(), `${pathOf(organizationId)}/events`);
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('owner.'))).toEqual([
      'owner.revoked',
      'owner.granted',
    ]);
  });

  test('an organization keeps an owner, also when two are revoked at once', async () => {
    const { owner, organizationId } = await anOrganization(stage);
    const { workspaceId } = await aWorkspace(owner);
    const second = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
    const owners = `${pathOf(organizationId)}/owners`;
    for (let round = 0; round < 10; round++) {
      await stage.support().put(`${owners}/${second.userId}`, undefined);
      await stage.support().put(`${owners}/${owner.userId}`, undefined);

      const answers = await Promise.all(
        [owner, second].map(({ userId }) => stage.support().delete(`${owners}/${userId}`)),
      );

      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
    }
  });

  test('finds nobody who is not in the organization, and no organization that is none', async () => {
    const [mine, theirs] = [await anOrganization(stage), await anOrganization(stage)];
    const support = stage.support();

    refused(
      await support.put(`${pathOf(mine.organizationId)}/owners/${theirs.owner.userId}`, undefined),
      404,
      'not_found',
    );
    refused(await support.delete(`${pathOf(mine.organizationId)}/owners/usr_none`), 404, 'not_found');
    for (const path of ['', '/events'])
      refused(await support.get(`${pathOf('org_none')}${path}`), 404, 'not_found');
    refused(
      await support.patch(`${pathOf('org_none')}/limits`, { workspaces: 1, reason: 'x' }),
      404,
      'not_found',
    );
  });

  test('reads the events of an organization newest first, as its owner does', async () => {
    const { owner, organizationId } = await anOrganization(stage);
    await aWorkspace(owner);

    const bySupport = await walk<AuditEvent>(stage.support(), `${pathOf(organizationId)}/events`, 1);
    const byOwner = await walk<AuditEvent>(owner, '/v1/events');

    expect(bySupport.map(({ type }) => type)).toEqual([
      'workspace.created',
      'invitation.accepted',
      'invitation.created',
      'organization.created',
    ]);
    expect(byOwner).toEqual(bySupport);
    expect(bySupport.map(({ at }) => at)).toEqual(
      bySupport
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
  });
});
