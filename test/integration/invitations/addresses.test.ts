import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { InvitationId } from '../../../domain/ids.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { invitationKey } from '../../../domain/invitations/invitation.item.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { resendInvitation, revokeInvitation } from '../../../domain/invitations/manage.ts';
import { CreateOrganization, createOrganization } from '../../../domain/organizations/createOrganization.ts';
import { findItem } from '../../../domain/table/client.ts';
import { timeToLive } from '../../../domain/table/schema.ts';
import { addressKey } from '../../../domain/users/address.item.ts';
import { verifyTable } from '../../../infra/verify/verifyTable.ts';
import { type Agency, anAgency } from '../../support/agency.ts';
import { aPerson, tokenOf } from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { anEngine } from '../../support/engine.ts';
import { everything, refused } from '../../support/state.ts';

const engine = await anEngine();
const email = 'guest@example.com';
const day = 24 * hour;
/** 48 hours and 90 days after it was sent, an invitation is past its time to live. */
const purged = 92 * day;

async function inviteTo({ owner, home, elsewhere }: Agency, where: 'home' | 'elsewhere') {
  const { workspaceId } = { home, elsewhere }[where];
  const { items } = await invite(owner, {
    invitations: [{ email, grants: [{ workspaceId, role: 'viewer' }] }],
  });
  return { status: items[0]?.status, invitationId: InvitationId.safeParse(items[0]?.invitationId).data };
}

async function invited() {
  const agency = await anAgency(engine);
  const { invitationId } = await inviteTo(agency, 'home');
  return { ...agency, invitationId: InvitationId.parse(invitationId) };
}

async function accept({ owner, world, orgId }: Agency, invitationId: InvitationId) {
  return acceptInvitation(aPerson(world, email), await tokenOf(owner, orgId, invitationId));
}

/** What DynamoDB does some time after items are past their time to live; with a prefix, of some of them already. */
async function purge({ world, orgId }: Agency, prefix = ''): Promise<void> {
  const { name: TableName, documents } = engine.table;
  const now = world.clock.now().getTime() / 1_000;
  for (const { pk, sk, [timeToLive]: expires } of await everything(engine.table, `ORG#${orgId}`))
    if (Number(expires) <= now && sk.startsWith(prefix))
      await documents.send(new DeleteCommand({ TableName, Key: { pk, sk } }));
}

async function violations({ world, orgId }: Agency) {
  const asked = { organizationId: orgId, now: world.clock.now, stuckMinutes: 15 };
  return (await verifyTable(engine.table, asked)).violations;
}

const addressOf = ({ owner, orgId }: Agency) => findItem(owner, addressKey(orgId, email));

describe('the address of somebody who is invited', () => {
  test.each<[string, (scene: Awaited<ReturnType<typeof invited>>) => Promise<InvitationId | undefined>]>([
    ['once', async ({ invitationId }) => invitationId],
    [
      'and gets another link',
      async ({ owner, invitationId }) => {
        await resendInvitation(owner, invitationId);
        return invitationId;
      },
    ],
    ['to more', async (scene) => (await inviteTo(scene, 'elsewhere')).invitationId],
    [
      'again, after it expired',
      async (scene) => {
        scene.world.clock.advance(60 * day);
        return (await inviteTo(scene, 'home')).invitationId;
      },
    ],
    [
      'again, after it was revoked',
      async (scene) => {
        await revokeInvitation(scene.owner, scene.invitationId);
        expect(await addressOf(scene)).toBeUndefined();
        return (await inviteTo(scene, 'home')).invitationId;
      },
    ],
  ])('%s goes with the invitation that it leads to', async (_, further) => {
    const scene = await invited();
    scene.world.clock.advance(hour);

    const invitationId = InvitationId.parse(await further(scene));

    const invitation = await findItem(scene.owner, invitationKey(scene.orgId, invitationId));
    const expires = Math.floor((scene.world.clock.now().getTime() + purged) / 1_000);
    expect(await addressOf(scene)).toMatchObject({ invitationId, [timeToLive]: invitation?.[timeToLive] });
    expect(expires - Number(invitation?.[timeToLive])).toBeLessThanOrEqual(hour / 1_000);
    scene.world.clock.advance(purged);
    await purge(scene);
    expect((await everything(engine.table, `ORG#${scene.orgId}`)).map(({ sk }) => sk)).not.toContain(
      `EMAIL#${email}`,
    );
    expect(await violations(scene)).toEqual([]);
  });

  test('as a first owner, by support, goes with the invitation', async () => {
    const { support } = await anAgency(engine);
    const input = CreateOrganization.parse({ name: 'Other', owner: { email } });

    const { organization, invitation } = await createOrganization(support, input);

    const items = await everything(engine.table, `ORG#${organization.organizationId}`);
    const expiryOf = (start: string) => items.find(({ sk }) => sk.startsWith(start))?.[timeToLive];
    expect(expiryOf('INVITATION#')).toBe(Date.parse(invitation.expiresAt) / 1_000 + (90 * day) / 1_000);
    expect(expiryOf('EMAIL#')).toBe(expiryOf('INVITATION#'));
  });

  test('stays as long as they do, once they have come in', async () => {
    const scene = await invited();
    await resendInvitation(scene.owner, scene.invitationId);
    const { userId } = await accept(scene, scene.invitationId);

    scene.world.clock.advance(2 * purged);
    await purge(scene);

    expect(await addressOf(scene)).toEqual({ ...addressKey(scene.orgId, email), email, userId });
    expect((await inviteTo(scene, 'elsewhere')).status).toBe('added');
    expect(await violations(scene)).toEqual([]);
  });
});

describe('past its time to live, whatever of it is still there', () => {
  test.each([
    ['all of it', 'NOTHING'],
    ['its address', 'INVITATION#'],
    ['the invitation', 'EMAIL#'],
    ['nothing', ''],
  ])('an invitation is gone, and the address is free: %s', async (_, deletedFirst) => {
    const scene = await invited();
    const { owner, invitationId } = scene;
    scene.world.clock.advance(purged);
    await purge(scene, deletedFirst);
    expect(await violations(scene)).toEqual([]);

    const resent = await refused(owner, () => resendInvitation(owner, invitationId));
    const revoked = await refused(owner, () => revokeInvitation(owner, invitationId));
    const again = await inviteTo(scene, 'elsewhere');

    expect([resent.code, revoked.code]).toEqual(['not_found', 'not_found']);
    expect(await violations(scene)).toEqual([]);
    expect(await accept(scene, InvitationId.parse(again.invitationId))).toMatchObject({
      workspaces: [{ name: 'Elsewhere' }],
    });
    expect(await violations(scene)).toEqual([]);
  });
});
