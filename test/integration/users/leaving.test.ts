import { describe, expect, test } from 'vitest';
import type { Actor, UserActor } from '../../../domain/context.ts';
import { grantOwner } from '../../../domain/organizations/owners.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { createWorkspace } from '../../../domain/workspaces/createWorkspace.ts';
import { findActor } from '../../../functions/http/findActor.ts';
import type { Method } from '../../../functions/http/route.ts';
import { anAgency } from '../../support/agency.ts';
import { aWorkspace, type TestUser } from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { changed, withKey } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { aRequestTo, aRoute, runBefore } from '../../support/http.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { operationOf, untilDone } from '../../support/operations.ts';
import { everything, failure } from '../../support/state.ts';

const engine = await anEngine();

/** An organization with two owners, of whom one removes themselves under the key `leave`. */
async function anAgencyToLeave({ limits }: { limits?: { workspaces: number } } = {}) {
  const agency = await anAgency(engine, { ...(limits && { limits }) });
  const { admin, orgId, support } = agency;
  await grantOwner(support, { orgId, userId: admin.actor.userId });
  return { ...agency, leaver: admin, stayer: agency.owner };
}

type Asked = { login?: string; orgId?: string; key?: string; method?: Method };

/** Who the chain takes the sender of a request for. */
async function actorOf(
  ctx: TestUser,
  { login, orgId, key = 'leave', method = 'DELETE' }: Asked = {},
): Promise<Actor> {
  const request = aRequestTo({
    method,
    route: aRoute({ method, access: 'owner' }),
    headers: { 'idempotency-key': key },
  });
  const { email } = ctx.actor;
  const claims = {
    sub: login ?? ctx.actor.login,
    org_id: orgId ?? ctx.actor.orgId,
    email,
    token_use: 'access',
  };
  Object.assign(request.event.requestContext, { authorizer: { jwt: { claims } } });
  Object.assign(request.event.call, { environment: ctx });
  Object.assign(request.context, { getRemainingTimeInMillis: () => 25_000 });
  await runBefore(findActor(), request);
  const actor = request.event.call.ctx?.actor;
  if (!actor) throw new Error('There is no actor.');
  return actor;
}

const sentAgain = async (leaver: TestUser, request?: string) => {
  const actor = (await actorOf(leaver)) as UserActor;
  return withKey(changed({ ...leaver, actor }, { table: leaver.table }), 'leave', request);
};

describe('an owner who has removed themselves and sends it again', () => {
  test('gets the first answer', async () => {
    const { leaver, orgId } = await anAgencyToLeave();
    const { userId } = leaver.actor;
    const answer = await removeUser(withKey(leaver, 'leave'), userId);
    const again = await sentAgain(leaver);

    expect(await removeUser(again, userId)).toEqual(answer);

    expect(again.idempotency?.replayed).toBe(true);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('gets the first answer when it was done in steps, while these go on and after the last', async () => {
    const { leaver, stayer, world, orgId } = await anAgencyToLeave({ limits: { workspaces: 50 } });
    const { userId } = leaver.actor;
    const members = [{ userId, role: 'viewer' as const }];
    for (let n = 0; n < 40; n++) await aWorkspace(stayer, { name: `Workspace ${n}`, members });
    const answer = await removeUser(withKey(leaver, 'leave'), userId);
    const meanwhile = await removeUser(await sentAgain(leaver), userId);
    await untilDone(world, orgId, operationOf(answer));

    const afterwards = await removeUser(await sentAgain(leaver), userId);

    expect(answer?.operation.operationId).toMatch(/^opr_/);
    expect([meanwhile, afterwards]).toEqual([answer, answer]);
  });

  test('is told that the key is used when they ask for something else under it', async () => {
    const { leaver, stayer } = await anAgencyToLeave();
    await removeUser(withKey(leaver, 'leave'), leaver.actor.userId);
    const again = await sentAgain(leaver, 'another request');

    const error = await failure(() => removeUser(again, stayer.actor.userId));

    expect(error.code).toBe('idempotency_key_reused');
  });

  test('can do nothing else: what is not answered by the record is refused, and changes nothing', async () => {
    const { leaver, orgId } = await anAgencyToLeave();
    await removeUser(withKey(leaver, 'leave'), leaver.actor.userId);
    const actor = (await actorOf(leaver)) as UserActor;
    const before = await everything(engine.table, `ORG#${orgId}`);

    const error = await failure(() =>
      createWorkspace(changed({ ...leaver, actor }, { table: leaver.table }), { name: 'Back door' }),
    );

    expect(error.code).toBe('no_organization');
    expect(await everything(engine.table, `ORG#${orgId}`)).toEqual(before);
  });
});

describe('nobody else is let in by what an owner who left has left behind', () => {
  const strangers: [string, Asked][] = [
    ['another login', { login: 'login-outsider' }],
    ['the same login in another organization', { orgId: 'org_other' }],
    ['the same login under another key', { key: 'another' }],
    ['the same login, reading', { method: 'GET' }],
  ];

  test.each(strangers)('%s', async (_, asked) => {
    const { leaver } = await anAgencyToLeave();
    await removeUser(withKey(leaver, 'leave'), leaver.actor.userId);

    const error = await failure(() => actorOf(leaver, asked));

    expect(error.code).toBe('no_organization');
  });

  test('the same login a day later', async () => {
    const { leaver, world } = await anAgencyToLeave();
    await removeUser(withKey(leaver, 'leave'), leaver.actor.userId);
    world.clock.advance(24 * hour);

    const error = await failure(() => actorOf(leaver));

    expect(error.code).toBe('no_organization');
  });

  test('somebody whom an owner removed, by the owner’s key', async () => {
    const { owner, viewer } = await anAgencyToLeave();
    await removeUser(withKey(owner, 'leave'), viewer.actor.userId);

    const error = await failure(() => actorOf(viewer));

    expect(error.code).toBe('no_organization');
  });
});
