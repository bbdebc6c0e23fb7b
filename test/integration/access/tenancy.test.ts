import { expect, test } from 'vitest';
import type { DomainError } from '../../../domain/errors.ts';
import { organizationOf, userActorOf } from '../../../domain/identity/identity.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import type { Answer } from '../../../functions/http/route.ts';
import { accepted, aMember, anOrganization, aPerson, aWorkspace, tokenOf } from '../../support/builders.ts';
import { aContext, aWorld } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { perform } from '../../support/perform.ts';
import { type Asked, aScene, routeNamed, samples } from '../../support/samples.ts';
import { everything, failure } from '../../support/state.ts';

const engine = await anEngine();

/** Every id that a request names. */
const ids = /\b(wsp|con|usr|inv|opr)_[a-z0-9]+/g;

/** The same request with ids that were never issued. */
function neverIssued(asked: Asked): Asked {
  return JSON.parse(JSON.stringify(asked).replace(ids, '$1_never0issued0never0issued')) as Asked;
}

function shown(error: DomainError) {
  const extra = JSON.stringify(error.extra).replace(ids, '$1');
  return { code: error.code, detail: error.message, extra };
}

const naming = samples.filter(({ what }) => what !== 'themselves');

test.each(naming)(
  '$operationId $what shows an owner of another organization nothing, nor changes anything',
  async ({ operationId, ask }) => {
    const scene = await aScene(engine);
    const { owner: foreigner } = await anOrganization(aWorld(engine), {
      owner: { email: 'foreign@example.com' },
    });
    const asked = await ask(scene, scene.owner);
    const isNaming = JSON.stringify(asked).match(ids) !== null;
    const before = await everything(engine.table, `ORG#${scene.orgId}`);
    const route = routeNamed(operationId);

    if (isNaming) {
      const foreign = await failure(() => perform(foreigner, route, asked));
      const never = await failure(() => perform(foreigner, route, neverIssued(asked)));
      expect(shown(foreign)).toEqual(shown(never));
      expect(foreign.code).toBe('not_found');
    } else {
      const answer: Answer = await perform(foreigner, route, asked);
      const theirs = before.flatMap(({ sk }) => sk.match(ids) ?? []);
      expect(theirs.filter((id) => JSON.stringify(answer).includes(id))).toEqual([]);
    }
    expect(await everything(engine.table, `ORG#${scene.orgId}`)).toEqual(before);
  },
);

test('a person in two organizations is somebody of their own in each', async () => {
  const [first, second] = [
    await anOrganization(aWorld(engine)),
    await anOrganization(aWorld(engine), { owner: { email: 'second@example.com' } }),
  ];
  const [here, there] = [await aWorkspace(first.owner), await aWorkspace(second.owner)];
  const both = 'both@example.com';
  const inFirst = await aMember(first.owner, both, { workspaceId: here.workspaceId, role: 'admin' });
  const inSecond = await aMember(second.owner, both, { workspaceId: there.workspaceId, role: 'viewer' });

  expect(inFirst.actor.login).toBe(inSecond.actor.login);
  expect(inFirst.actor.userId).not.toBe(inSecond.actor.userId);
  const asked = { params: { workspaceId: here.workspaceId } };
  await expect(perform(inFirst, routeNamed('getWorkspace'), asked)).resolves.toMatchObject({ status: 200 });
  expect((await failure(() => perform(inSecond, routeNamed('getWorkspace'), asked))).code).toBe('not_found');
});

test('a login acts in the organization that it is in, and in no other', async () => {
  const first = await anOrganization(aWorld(engine));
  const second = await anOrganization(aWorld(engine), { owner: { email: 'second-owner@example.com' } });
  const reader = aContext(aWorld(engine), { kind: 'anyone' });
  const { login, userId, email } = first.owner.actor;

  expect(await organizationOf(reader, login, first.orgId)).toBe(first.orgId);
  expect(await organizationOf(reader, login, second.orgId)).toBeUndefined();
  expect(await organizationOf(reader, login, 'no id at all!')).toBeUndefined();
  expect(await organizationOf(reader, 'login-nobody')).toBeUndefined();
  expect(await userActorOf(reader, login, first.orgId, email)).toMatchObject({ kind: 'user', userId });
  expect(await userActorOf(reader, login, second.orgId, email)).toBeUndefined();
});

test('an invitation opens its own organization, whatever organization the token is moved to', async () => {
  const first = await anOrganization(aWorld(engine));
  const second = await anOrganization(aWorld(engine), { owner: { email: 'other-owner@example.com' } });
  const { workspaceId } = await aWorkspace(first.owner);
  const member = await aMember(first.owner, 'member@example.com', { workspaceId, role: 'viewer' });
  const { items } = await invite(first.owner, {
    invitations: [{ email: 'guest@example.com', grants: [{ workspaceId, role: 'viewer' }] }],
  });
  const token = await tokenOf(first.owner, first.orgId, items[0]?.invitationId);

  const moved = token.replace(first.orgId, second.orgId);

  const error = await failure(() => accepted(aPerson(member, 'guest@example.com'), moved));
  expect(error.code).toBe('not_found');
});
