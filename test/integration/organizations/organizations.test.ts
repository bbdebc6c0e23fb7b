import { describe, expect, test } from 'vitest';
import { listOrganizationEvents } from '../../../domain/events/listEvents.ts';
import { OrgId, UserId } from '../../../domain/ids.ts';
import { ChangeLimits, changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { CreateOrganization, createOrganization } from '../../../domain/organizations/createOrganization.ts';
import { listOrganizations } from '../../../domain/organizations/listOrganizations.ts';
import { getOrganizationView } from '../../../domain/organizations/organization.ts';
import { grantOwner, revokeOwner } from '../../../domain/organizations/owners.ts';
import { getMe } from '../../../domain/users/me.ts';
import { anAgency } from '../../support/agency.ts';
import { anOrganization, aSupporter } from '../../support/builders.ts';
import { aWorld } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { refused } from '../../support/state.ts';

const engine = await anEngine();
const page = { limit: 100 };
const reason = 'They pay for more.';

describe('a new organization', () => {
  test('has the default limits, no owner yet, and an invitation for the first one', async () => {
    const support = aSupporter(aWorld(engine));

    const { organization, invitation } = await createOrganization(support, {
      name: 'Acme',
      owner: { email: 'owner@example.com' },
    });

    expect(organization).toEqual({
      organizationId: expect.stringMatching(/^org_/),
      name: 'Acme',
      limits: { workspaces: 10, membersPerWorkspace: 500, connectionsPerWorkspace: 5_000 },
      usage: { workspaces: 0 },
      owners: [],
      createdAt: '2026-03-02T09:00:00.000Z',
      version: 1,
    });
    expect(invitation).toEqual({
      invitationId: expect.stringMatching(/^inv_/),
      email: 'owner@example.com',
      expiresAt: '2026-03-04T09:00:00.000Z',
    });
    expect(await getOrganizationView(support, OrgId.parse(organization.organizationId))).toEqual(
      organization,
    );
  });

  test('has the owner once the invitation is accepted', async () => {
    const { owner, support, orgId } = await anOrganization(aWorld(engine));

    expect((await getMe(owner)).organizationRole).toBe('owner');
    expect((await getOrganizationView(support, orgId)).owners).toEqual([
      { userId: owner.actor.userId, email: 'owner@example.com', name: 'owner' },
    ]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is found by a part of its name', async () => {
    const support = aSupporter(aWorld(engine));
    await anOrganization(aWorld(engine), { name: 'Müller & Söhne' });

    const { items } = await listOrganizations(support, { ...page, search: 'muller' });

    expect(items.map(({ name }) => name)).toEqual(['Müller & Söhne']);
  });

  test.each([
    ['0', 0, true],
    ['100,000', 100_000, true],
    ['less than 0', -1, false],
    ['more than 100,000', 100_001, false],
    ['half a workspace', 0.5, false],
  ])('may have a limit of %s (%d): %s', (_, workspaces, isTaken) => {
    const input = { name: 'Acme', owner: { email: 'owner@example.com' }, limits: { workspaces } };

    expect(CreateOrganization.safeParse(input).success).toBe(isTaken);
  });
});

describe('changing limits', () => {
  test('changes what is named and keeps the reason with the values before and after', async () => {
    const { support, orgId } = await anAgency(engine);
    const before = (await getOrganizationView(support, orgId)).limits;

    const { limits, version } = await changeLimits(support, orgId, { workspaces: 12, reason });

    expect(limits).toEqual({ ...before, workspaces: 12 });
    expect(await getOrganizationView(support, orgId)).toMatchObject({ limits, version });
    const { items } = await listOrganizationEvents(support, orgId, { ...page, type: 'limits.changed' });
    expect(items).toMatchObject([
      { actor: { kind: 'support', id: 'support' }, details: { reason, before, after: limits } },
    ]);
  });

  test('is refused for a version that is not the present one', async () => {
    const { support, orgId } = await anAgency(engine);
    const { version } = await getOrganizationView(support, orgId);

    const error = await refused(support, () =>
      changeLimits(support, orgId, { workspaces: 1, reason }, version - 1),
    );

    expect(error).toMatchObject({ code: 'version_mismatch', extra: { currentVersion: version } });
    await expect(changeLimits(support, orgId, { workspaces: 1, reason }, version)).resolves.toBeDefined();
  });

  test('of an organization that never was is not found', async () => {
    const support = aSupporter(aWorld(engine));

    const error = await refused(support, () =>
      changeLimits(support, OrgId.parse('org_never'), { workspaces: 1, reason }),
    );

    expect(error.code).toBe('not_found');
  });

  test.each([
    ['without a reason', { workspaces: 1 }],
    ['with an empty reason', { workspaces: 1, reason: ' ' }],
    ['without a limit', { reason }],
    ['of an unknown kind', { seats: 1, reason }],
  ])('%s is not taken', (_, input) => {
    expect(ChangeLimits.safeParse(input).success).toBe(false);
  });
});

describe('owners', () => {
  test('are granted and revoked by support, each told once', async () => {
    const { support, orgId, admin } = await anAgency(engine);
    const place = { orgId, userId: admin.actor.userId };

    expect((await grantOwner(support, place)).owners).toHaveLength(2);
    await grantOwner(support, place);
    expect((await getMe(admin)).organizationRole).toBe('owner');
    await revokeOwner(support, place);
    await revokeOwner(support, place);

    expect((await getMe(admin)).organizationRole).toBe('member');
    const { items } = await listOrganizationEvents(support, orgId, page);
    const types = items.map(({ type }) => type).filter((type) => type.startsWith('owner.'));
    expect(types).toEqual(['owner.revoked', 'owner.granted']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('are never none', async () => {
    const { support, orgId, owner } = await anAgency(engine);

    const error = await refused(support, () => revokeOwner(support, { orgId, userId: owner.actor.userId }));

    expect(error.code).toBe('last_owner');
  });

  test('are people of the organization', async () => {
    const { support, orgId } = await anAgency(engine);
    const stranger = { orgId, userId: UserId.parse('usr_stranger') };

    expect((await refused(support, () => grantOwner(support, stranger))).code).toBe('not_found');
  });
});
