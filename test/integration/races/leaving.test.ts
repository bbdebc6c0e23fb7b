import { expect, test } from 'vitest';
import { copyConnections } from '../../../domain/connections/copyConnections.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { putMember, removeMember } from '../../../domain/members/changeMember.ts';
import { grantOwner } from '../../../domain/organizations/owners.ts';
import { getUser } from '../../../domain/users/listUsers.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { at, aWorkspace } from '../../support/builders.ts';
import { anEngine } from '../../support/engine.ts';
import { accepted, aHeldMember, concluded, type HeldMember } from '../../support/heldMember.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { type Attempt, race } from '../../support/race.ts';
import { everything, failure } from '../../support/state.ts';

const engine = await anEngine();

type Meanwhile = {
  title: string;
  /** What becomes of it when the removal is accepted first. */
  refusal: string;
  attempt: Attempt<HeldMember>;
  /** What becomes of the removal when this is first. */
  removal?: string;
};

/** Each with the other admin of Home, so that what they leave has one. */
const meanwhile: Meanwhile[] = [
  {
    title: 'creates a workspace',
    refusal: 'no_organization',
    removal: 'last_admin',
    attempt: ({ leaver }, as) => aWorkspace(as(leaver)),
  },
  {
    title: 'invites an accomplice',
    refusal: 'no_organization',
    attempt: ({ leaver, home: { workspaceId } }, as) =>
      invite(as(leaver), {
        invitations: [{ email: 'accomplice@example.com', grants: [{ workspaceId, role: 'admin' }] }],
      }),
  },
  {
    title: 'copies a connection',
    refusal: 'no_organization',
    attempt: ({ leaver, elsewhere, source }, as) =>
      copyConnections(as(leaver), elsewhere.workspaceId, { connections: [at(source)] }),
  },
  {
    title: 'renames a workspace',
    refusal: 'no_organization',
    attempt: ({ leaver, home }, as) => updateWorkspace(as(leaver), home.workspaceId, { name: 'Theirs' }),
  },
  {
    title: 'leaves a workspace',
    refusal: 'no_organization',
    attempt: ({ leaver, home }, as) =>
      removeMember(as(leaver), { workspaceId: home.workspaceId, userId: leaver.actor.userId }),
  },
  {
    title: 'is added to another workspace',
    refusal: 'not_found',
    attempt: ({ owner, leaver, foreign }, as) =>
      putMember(as(owner), { workspaceId: foreign.workspaceId, userId: leaver.actor.userId }, 'admin'),
  },
  {
    title: 'is added to another workspace by an invitation',
    refusal: 'unknown_user',
    attempt: ({ owner, leaver, foreign: { workspaceId } }, as) =>
      invite(as(owner), {
        invitations: [{ email: leaver.actor.email, grants: [{ workspaceId, role: 'viewer' }] }],
      }),
  },
  {
    title: 'is made an owner',
    refusal: 'not_found',
    attempt: ({ support, orgId, leaver }, as) =>
      grantOwner(as(support), { orgId, userId: leaver.actor.userId }),
  },
];

test.each(meanwhile)(
  'somebody who $title while their removal is accepted: before it or not at all, and they are out in the end',
  async ({ refusal, removal = 'done', attempt }) => {
    const seen = new Set<string>();
    await race<HeldMember>(
      engine,
      () => aHeldMember(engine),
      [attempt, (scene, as) => accepted(scene, as(scene.owner))],
      async (codes, scene, [, outcome]) => {
        expect([
          ['done', removal],
          [refusal, 'done'],
        ]).toContainEqual(codes);
        seen.add(String(codes));
        if (!outcome || !('done' in outcome)) return;
        const { owner, leaver, orgId } = scene;
        const { userId } = leaver.actor;

        const operation = await concluded(scene, outcome.done as Awaited<ReturnType<typeof accepted>>);

        expect(operation.skippedCount).toBe(0);
        expect((await failure(() => getUser(owner, userId))).code).toBe('not_found');
        const left = await everything(engine.table, `ORG#${orgId}`);
        expect(left.filter(({ sk }) => sk.includes(userId))).toEqual([]);
        expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
      },
      { rounds: 6 },
    );
    expect(seen).toContain(`${refusal},done`);
  },
);

test('two owners who remove each other, one at once and one by an operation: exactly one', () =>
  race<HeldMember>(
    engine,
    async () => {
      const scene = await aHeldMember(engine);
      const { support, orgId, leaver, admin } = scene;
      for (const { actor } of [leaver, admin]) await grantOwner(support, { orgId, userId: actor.userId });
      return scene;
    },
    [
      ({ admin, leaver }, as) => removeUser(as(admin), leaver.actor.userId),
      ({ admin, leaver }, as) => removeUser(as(leaver), admin.actor.userId),
    ],
    (codes) => {
      expect(codes.filter((code) => code === 'done')).toHaveLength(1);
      expect(codes.filter((code) => ['no_organization', 'not_found'].includes(code))).toHaveLength(1);
    },
    { rounds: 6 },
  ));
