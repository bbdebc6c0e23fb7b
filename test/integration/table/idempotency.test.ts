import { describe, expect, test } from 'vitest';
import { createConnection } from '../../../domain/connections/createConnection.ts';
import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { acceptInvitation } from '../../../domain/invitations/accept.ts';
import { invite } from '../../../domain/invitations/invite.ts';
import { removeMember } from '../../../domain/members/changeMember.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { createOrganization } from '../../../domain/organizations/createOrganization.ts';
import { CreateWorkspace, createWorkspace } from '../../../domain/workspaces/createWorkspace.ts';
import { listWorkspaces } from '../../../domain/workspaces/listWorkspaces.ts';
import { updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { anAgency } from '../../support/agency.ts';
import {
  aConnection,
  aConnectionInput,
  aPerson,
  aSupporter,
  at,
  aWorkspace,
  type TestUser,
  tokenOf,
} from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aRequest, aWorld, changed, type TestContext, withKey } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import {
  brokenReply,
  Crash,
  conflict,
  crashAfter,
  crashBefore,
  type Fault,
  firstWrites,
  lateReply,
  lostReply,
  refusal,
  tableThrough,
  throttling,
} from '../../support/faults.ts';
import { freely, meetingPoint } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';
import { everything, failure, together } from '../../support/state.ts';

const engine = await anEngine();

async function workspaceNames(reader: TestUser) {
  const { items } = await listWorkspaces(reader, { limit: 100 });
  return items.map(({ name }) => name);
}

/** A request of the caller under key `k`, sent through these faults. */
function through(caller: TestUser, ...faults: Fault[]) {
  return withKey(changed(caller, { table: tableThrough(engine.anotherTable(), ...faults) }), 'k');
}

function isReplay({ idempotency }: TestContext) {
  return idempotency?.replayed;
}

describe('the same request under the same key', () => {
  test('has one effect and gets the first answer again, which says that it is a replay', async () => {
    const { admin, orgId } = await anAgency(engine);
    const [first, second] = [withKey(admin, 'k'), withKey(admin, 'k')];

    const made = await aWorkspace(first, { name: 'Once' });
    const again = await aWorkspace(second, { name: 'Once' });

    expect(again).toEqual(made);
    expect([isReplay(first), isReplay(second)]).toEqual([false, true]);
    expect(await workspaceNames(admin)).toEqual(['Home', 'Once']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('gets the first answer again, whatever has happened since', async () => {
    const { admin, home } = await anAgency(engine);
    const original = await aConnection(withKey(admin, 'k'), home.workspaceId);
    await reconnect(admin, at(original), { credentials: {} });
    await deleteConnection(withKey(admin, 'delete'), at(original));

    expect(await aConnection(withKey(admin, 'k'), home.workspaceId)).toEqual(original);
    expect(await deleteConnection(withKey(admin, 'delete'), at(original))).toBeNull();
  });

  test('gets the first answer again at the limit that its own effect has reached', async () => {
    const { owner } = await anAgency(engine, { limits: { workspaces: 3 } });
    const made = await aWorkspace(withKey(owner, 'k'), { name: 'Last' });

    expect(await aWorkspace(withKey(owner, 'k'), { name: 'Last' })).toEqual(made);
  });

  test('is remembered for support and for people outside any organization as well', async () => {
    const world = aWorld(engine);
    const support = aSupporter(world);
    const input = { name: 'Acme', owner: { email: 'owner@example.com' } };
    const made = await createOrganization(withKey(support, 'k'), input);
    const { organizationId } = made.organization;
    const orgId = organizationId as Parameters<typeof tokenOf>[1];
    const token = await tokenOf(world, orgId, made.invitation.invitationId);
    const person = aPerson(world, 'owner@example.com');
    const answer = await acceptInvitation(withKey(person, 'k'), token);

    expect(await createOrganization(withKey(support, 'k'), input)).toEqual(made);
    expect(await acceptInvitation(withKey(person, 'k'), token)).toEqual(answer);
  });

  test('invites nobody twice, and is a replay when all of it is one', async () => {
    const { admin, home, orgId } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const invitations = ['one@example.com', 'two@example.com'].map((email) => ({ email, grants }));
    const [first, second] = [withKey(admin, 'k'), withKey(admin, 'k')];

    const answer = await invite(first, { invitations });
    const before = await everything(engine.table, `ORG#${orgId}`);

    expect(await invite(second, { invitations })).toEqual(answer);
    expect(await everything(engine.table, `ORG#${orgId}`)).toEqual(before);
    expect([isReplay(first), isReplay(second)]).toEqual([false, true]);
  });
});

describe('a request that changed nothing', () => {
  test('is remembered: its repeat undoes nothing that others have changed meanwhile', async () => {
    const { admin, owner, home } = await anAgency(engine);
    const rename = (by: TestUser, name: string) => updateWorkspace(by, home.workspaceId, { name });
    const [first, again] = [withKey(admin, 'k'), withKey(admin, 'k')];
    const answer = await rename(first, home.name);
    await rename(owner, 'By another');

    expect(await rename(again, home.name)).toEqual(answer);

    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
    expect(await workspaceNames(admin)).toEqual(['By another']);
  });

  test('has taken its key: another request under it is refused', async () => {
    const { admin, home } = await anAgency(engine);
    const rename = (request: string, name: string) =>
      updateWorkspace(withKey(admin, 'k', request), home.workspaceId, { name });
    await rename('the same name', home.name);

    const error = await failure(() => rename('another name', 'Other'));

    expect(error.code).toBe('idempotency_key_reused');
    expect(await workspaceNames(admin)).toEqual([home.name]);
  });

  test('writes its record and nothing else', async () => {
    const { admin, home, orgId } = await anAgency(engine);
    const before = await everything(engine.table, `ORG#${orgId}`);

    await updateWorkspace(withKey(admin, 'k'), home.workspaceId, { name: home.name });

    const added = (await everything(engine.table, `ORG#${orgId}`)).length - before.length;
    const records = await everything(engine.table, `ORG#${orgId}#IDEMPOTENCY#`);
    expect([added, records.length]).toEqual([1, 1]);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('is remembered of each person of an invitation: who is in is not added again after they were removed', async () => {
    const { admin, owner, editor, home } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'editor' as const }];
    const invitations = [{ email: editor.actor.email, grants }];
    const answer = await invite(withKey(admin, 'k'), { invitations });
    await removeMember(owner, { workspaceId: home.workspaceId, userId: editor.actor.userId });

    expect(await invite(withKey(admin, 'k'), { invitations })).toEqual(answer);

    expect(await workspaceNames(editor)).toEqual([]);
  });

  test('of two at once under one key for two different things only one is done', async () => {
    const { admin, home, orgId } = await anAgency(engine);
    const meet = meetingPoint(2);
    const rename = (name: string) => {
      const table = tableThrough(engine.anotherTable(), meet());
      const own = withKey(changed(admin, { table }), 'k', name);
      return () => updateWorkspace(own, home.workspaceId, { name });
    };

    const outcomes = await together(rename(home.name), rename('Other'));

    const codes = outcomes.map((outcome) => ('refused' in outcome ? outcome.refused.code : 'done')).sort();
    expect(codes).toEqual(['done', 'idempotency_key_reused']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('another request', () => {
  test('under a used key is refused and changes nothing', async () => {
    const { admin, orgId } = await anAgency(engine);
    await aWorkspace(withKey(admin, 'k', 'name a'), { name: 'a' });
    const before = await everything(engine.table, `ORG#${orgId}`);

    const error = await failure(() => aWorkspace(withKey(admin, 'k', 'name b'), { name: 'b' }));

    expect(error.code).toBe('idempotency_key_reused');
    expect(await everything(engine.table, `ORG#${orgId}`)).toEqual(before);
  });

  test('under a used key is refused also when it invites other people', async () => {
    const { admin, home } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    await invite(withKey(admin, 'k', 'one'), { invitations: [{ email: 'one@example.com', grants }] });

    const error = await failure(() =>
      invite(withKey(admin, 'k', 'two'), { invitations: [{ email: 'two@example.com', grants }] }),
    );

    expect(error.code).toBe('idempotency_key_reused');
  });

  test.each([1, 2])(
    'under the key of an invitation that broke off after its first person of %i is refused and invites nobody',
    async (count) => {
      const { admin, home, orgId } = await anAgency(engine);
      const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
      const invitations = ['one@example.com', 'two@example.com']
        .slice(0, count)
        .map((email) => ({ email, grants }));
      const crashing = through(admin, secondWrite(crashBefore));
      await expect(invite(crashing, { invitations })).rejects.toBeInstanceOf(Crash);
      const before = await everything(engine.table, `ORG#${orgId}`);

      const error = await failure(() =>
        invite(withKey(admin, 'k', 'others'), { invitations: [{ email: 'three@example.com', grants }] }),
      );

      expect(error.code).toBe('idempotency_key_reused');
      expect(await everything(engine.table, `ORG#${orgId}`)).toEqual(before);
    },
  );

  test('at the same moment, inviting others under the same key, invites nobody: the key is one request’s', async () => {
    const { admin, home, orgId } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const meet = meetingPoint(2);
    const inviting = (name: string) => {
      const table = tableThrough(engine.anotherTable(), meet());
      const invitations = [1, 2].map((n) => ({ email: `${name}-${n}@example.com`, grants }));
      return () => invite(withKey(changed(admin, { table }), 'k', name), { invitations });
    };

    const outcomes = await together(inviting('a'), inviting('b'));

    const codes = outcomes.map((outcome) => ('refused' in outcome ? outcome.refused.code : 'done')).sort();
    expect(codes).toEqual(['done', 'idempotency_key_reused']);
    const pending = (await everything(engine.table, `ORG#${orgId}`)).filter(
      ({ sk, status }) => sk.startsWith('INVITATION#') && status === 'pending',
    );
    expect(new Set(pending.map(({ email }) => String(email).slice(0, 1))).size).toBe(1);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('of another person under the same key is their own', async () => {
    const { admin, owner } = await anAgency(engine);

    const theirs = await aWorkspace(withKey(admin, 'k', 'a'), { name: 'a' });
    const others = await aWorkspace(withKey(owner, 'k', 'b'), { name: 'b' });

    expect(others.workspaceId).not.toBe(theirs.workspaceId);
  });
});

describe('24 hours', () => {
  test('is how long a key is kept, to the second', async () => {
    const { admin, world, orgId } = await anAgency(engine);
    const first = await aWorkspace(withKey(admin, 'k'), { name: 'Daily' });
    world.clock.advance(24 * hour - 1000);
    const replayed = await aWorkspace(withKey(admin, 'k'), { name: 'Daily' });
    world.clock.advance(1000);

    const again = await aWorkspace(withKey(admin, 'k'), { name: 'Daily' });

    expect(replayed).toEqual(first);
    expect(again.workspaceId).not.toBe(first.workspaceId);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('begin again with the effect that follows them', async () => {
    const { admin, world } = await anAgency(engine);
    await aWorkspace(withKey(admin, 'k'), { name: 'Daily' });
    world.clock.advance(25 * hour);
    const second = await aWorkspace(withKey(admin, 'k'), { name: 'Daily' });
    world.clock.advance(23 * hour);

    expect(await aWorkspace(withKey(admin, 'k'), { name: 'Daily' })).toEqual(second);
  });
});

describe('a refused request', () => {
  test('is not remembered: it may be sent again with its key', async () => {
    const { owner, support, orgId } = await anAgency(engine, { limits: { workspaces: 2 } });
    const refusedOnce = await failure(() => aWorkspace(withKey(owner, 'k'), { name: 'Later' }));
    await changeLimits(support, orgId, { workspaces: 3, reason: 'They pay for more.' });

    const made = await aWorkspace(withKey(owner, 'k'), { name: 'Later' });

    expect(refusedOnce.code).toBe('workspace_limit_reached');
    expect(made.name).toBe('Later');
  });

  test('leaves its key to a request for something else', async () => {
    const { owner, home } = await anAgency(engine, { limits: { workspaces: 2 } });
    await failure(() => aWorkspace(withKey(owner, 'k', 'a workspace')));

    await expect(
      createConnection(withKey(owner, 'k', 'a connection'), home.workspaceId, aConnectionInput()),
    ).resolves.toMatchObject({ status: 'active' });
  });
});

describe('concurrent requests under one key', () => {
  test('have one effect and get the same answer, thirty times, however they are interleaved', async () => {
    const { admin, orgId } = await anAgency(engine, { limits: { workspaces: 100 } });
    for (let round = 0; round < 30; round++) {
      const name = `Round ${round}`;
      const meet = round % 2 === 0 ? meetingPoint(3) : () => freely;
      const attempts = Array.from({ length: 3 }, () => {
        const table = tableThrough(engine.anotherTable(), meet());
        return withKey(changed(admin, { table }), name);
      });

      const answers = await Promise.all(attempts.map((attempt) => aWorkspace(attempt, { name })));

      expect(answers).toEqual(Array(3).fill(answers[0]));
      expect(attempts.map(isReplay).filter((replayed) => !replayed)).toHaveLength(1);
      expect((await workspaceNames(admin)).filter((made) => made === name)).toEqual([name]);
    }
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('get the same answer for the last place under the limit', async () => {
    const { admin, orgId } = await anAgency(engine, { limits: { workspaces: 3 } });
    const meet = meetingPoint(2);
    const attempts = [through(admin, meet()), through(admin, meet())];

    const [first, second] = await Promise.all(attempts.map((a) => aWorkspace(a, { name: 'Last' })));

    expect(second).toEqual(first);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('for two different things have one effect, and the other is told that the key is used', async () => {
    const { admin, orgId } = await anAgency(engine);
    const meet = meetingPoint(2);
    const attempt = (name: string) => {
      const table = tableThrough(engine.anotherTable(), meet());
      return () => aWorkspace(withKey(changed(admin, { table }), 'k', name), { name });
    };

    const outcomes = await together(attempt('a'), attempt('b'));

    const codes = outcomes.map((outcome) => ('refused' in outcome ? outcome.refused.code : 'done')).sort();
    expect(codes).toEqual(['done', 'idempotency_key_reused']);
    expect(await workspaceNames(admin)).toHaveLength(2);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });
});

describe('a process that ends', () => {
  test('after the write and before the answer has the effect; the retry gets the answer', async () => {
    const { admin, orgId } = await anAgency(engine);
    const crashing = through(admin, firstWrites(1, crashAfter));
    await expect(aWorkspace(crashing, { name: 'Survivor' })).rejects.toBeInstanceOf(Crash);
    const retry = withKey(admin, 'k');

    const answer = await aWorkspace(retry, { name: 'Survivor' });

    expect(isReplay(retry)).toBe(true);
    expect(answer.name).toBe('Survivor');
    expect(await workspaceNames(admin)).toEqual(['Home', 'Survivor']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  test('before the write has no effect; the retry has it', async () => {
    const { admin } = await anAgency(engine);
    const crashing = through(admin, firstWrites(1, crashBefore));
    await expect(aWorkspace(crashing, { name: 'Second try' })).rejects.toBeInstanceOf(Crash);
    expect(await workspaceNames(admin)).toEqual(['Home']);
    const retry = withKey(admin, 'k');

    await aWorkspace(retry, { name: 'Second try' });

    expect(isReplay(retry)).toBe(false);
    expect(await workspaceNames(admin)).toEqual(['Home', 'Second try']);
  });

  test('between two people of one request has invited the first alone; the retry invites the second', async () => {
    const { admin, home, orgId } = await anAgency(engine);
    const grants = [{ workspaceId: home.workspaceId, role: 'viewer' as const }];
    const invitations = ['one@example.com', 'two@example.com'].map((email) => ({ email, grants }));
    const crashing = through(admin, secondWrite(crashBefore));
    await expect(invite(crashing, { invitations })).rejects.toBeInstanceOf(Crash);

    const { items } = await invite(withKey(admin, 'k'), { invitations });

    expect(items.map(({ status }) => status)).toEqual(['invited', 'invited']);
    const written = await everything(engine.table, `ORG#${orgId}`);
    expect(
      written.filter(({ sk, status }) => sk.startsWith('INVITATION#') && status === 'pending'),
    ).toHaveLength(2);
  });
});

function secondWrite(fault: Fault): Fault {
  let writes = 0;
  return (sent, proceed) => {
    if (sent.command === 'TransactWriteItems') writes += 1;
    return writes === 2 ? fault(sent, proceed) : proceed();
  };
}

describe('storage that is in trouble', () => {
  test.each([
    ['conflicts with other transactions', conflict],
    ['throttles items', throttling],
    ['throttles requests', refusal],
    ['loses its answer', lostReply],
  ])('and %s twice has one effect in the end, without a key', async (_, fault) => {
    const { admin, orgId } = await anAgency(engine);
    const table = tableThrough(engine.anotherTable(), firstWrites(2, fault));

    await aWorkspace(changed(admin, { table }), { name: 'Once' });

    expect(await workspaceNames(admin)).toEqual(['Home', 'Once']);
    expect(await brokenInvariants(engine.table, orgId)).toEqual([]);
  });

  /** A request whose writes all happen and are never answered, with a second to try. */
  function unanswered(caller: TestUser, fault: Fault) {
    const table = tableThrough(engine.anotherTable(), firstWrites(Number.POSITIVE_INFINITY, fault));
    const { ctx } = aRequest({ ...caller, table }, caller.actor);
    return { ...ctx, deadline: ctx.now().getTime() + 1_000 };
  }

  test.each([
    ['loses every answer', lostReply],
    ['fails by itself', brokenReply],
  ])('and %s makes no one effect two, and says that it is not known', async (_, fault) => {
    const { admin } = await anAgency(engine);
    const request = unanswered(admin, fault);

    const error = await failure(() => createWorkspace(request, CreateWorkspace.parse({ name: 'Once' })));

    expect(error.code).toBe('try_again');
    expect(error.message).toContain('not known');
    expect(await workspaceNames(admin)).toEqual(['Home', 'Once']);
  });

  test('and loses every answer gives the answer all the same when it can be looked up by its key', async () => {
    const { admin } = await anAgency(engine);
    const request = { ...unanswered(admin, lostReply), idempotency: withKey(admin, 'k').idempotency };

    const answer = await createWorkspace(request, CreateWorkspace.parse({ name: 'Once' }));

    expect(answer).toEqual(await aWorkspace(withKey(admin, 'k'), { name: 'Once' }));
    expect(await workspaceNames(admin)).toEqual(['Home', 'Once']);
  });

  test('never makes us say that nothing was changed when that is not known', async () => {
    const { admin } = await anAgency(engine);
    const late = changed(admin, { table: tableThrough(engine.anotherTable(), firstWrites(1, lateReply)) });

    const error = await failure(() => aWorkspace(late, { name: 'Slow' }));

    expect(await workspaceNames(admin)).toEqual(['Home', 'Slow']);
    expect(error.code).toBe('try_again');
    expect(error.message).not.toContain('nothing was changed');
  });

  test('and answers too late gives the answer all the same when it can be looked up by its key', async () => {
    const { admin } = await anAgency(engine);

    const answer = await aWorkspace(through(admin, firstWrites(1, lateReply)), { name: 'Slow' });

    expect(answer).toEqual(await aWorkspace(withKey(admin, 'k'), { name: 'Slow' }));
    expect(await workspaceNames(admin)).toEqual(['Home', 'Slow']);
  });
});
