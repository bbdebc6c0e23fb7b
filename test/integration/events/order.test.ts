import { expect, test } from 'vitest';
import { listEvents } from '../../../domain/events/listEvents.ts';
import { putMember } from '../../../domain/members/changeMember.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { UpdateWorkspace, updateWorkspace } from '../../../domain/workspaces/updateWorkspace.ts';
import { anAgency } from '../../support/agency.ts';
import { aConnection, aMember, aWorkspace } from '../../support/builders.ts';
import { changed } from '../../support/context.ts';
import { anEngine } from '../../support/engine.ts';
import { type Fault, isWrite, tableThrough } from '../../support/faults.ts';
import { beforeFirstWrite, meetingPoint } from '../../support/interleave.ts';
import { brokenInvariants } from '../../support/invariants.ts';

/* Ids of events are made before their transaction is written: what is made first may be written last. */

const engine = await anEngine();
const page = { limit: 100 };

const held = (fault: Fault) => tableThrough(engine.anotherTable(), fault);

test.each([
  ['in the order in which they were planned', false],
  ['in the reverse of it', true],
])('the events of one workspace stand in the order in which they were written: %s', async (_, isReversed) => {
  const { owner, admin, editor, home } = await anAgency(engine);
  const meet = meetingPoint(3, { isReversed });
  const written: string[] = [];
  const asWritten = (name: string): Fault => {
    const turn = meet();
    return (sent, proceed) =>
      turn(sent, async () => {
        const answer = await proceed();
        if (isWrite(sent)) written.push(name);
        return answer;
      });
  };
  const names = ['First', 'Second', 'Third'];

  await Promise.all(
    [owner, admin, editor].map((caller, n) => {
      const name = names[n] ?? '';
      return aConnection(changed(caller, { table: held(asWritten(name)) }), home.workspaceId, { name });
    }),
  );

  const { items } = await listEvents(owner, { ...page, workspaceId: home.workspaceId });
  const listed = items.flatMap(({ details }) => names.filter((name) => name === details.name));
  expect(listed).toEqual(written.toReversed());
  expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
});

test('nothing that somebody did in a workspace stands behind their removal from it', async () => {
  const { owner, home } = await anAgency(engine);
  const leaver = await aMember(owner, 'leaver@example.com', {
    workspaceId: home.workspaceId,
    role: 'editor',
  });
  const table = held(beforeFirstWrite(() => aConnection(leaver, home.workspaceId, { name: 'Last' })));

  await removeUser(changed(owner, { table }), leaver.actor.userId);

  const { items } = await listEvents(owner, { ...page, workspaceId: home.workspaceId });
  expect(items.slice(0, 2).map(({ type }) => type)).toEqual(['member.removed', 'connection.created']);
});

test('a clock that has gone back neither turns the order round nor holds anybody up', async () => {
  const { owner, home, editor } = await anAgency(engine);
  const late = {
    ...owner,
    newId: ((prefix) => `${prefix}_02${owner.newId(prefix).slice(6)}`) as typeof owner.newId,
  };
  await updateWorkspace(late, home.workspaceId, UpdateWorkspace.parse({ name: 'From the future' }));

  const present = changed(owner, {
    sleep: async () => expect.fail('there is nothing to wait for'),
  });

  await putMember(present, { workspaceId: home.workspaceId, userId: editor.actor.userId }, 'viewer');
  await updateWorkspace(present, home.workspaceId, UpdateWorkspace.parse({ name: 'Now' }));

  const { items } = await listEvents(owner, { ...page, workspaceId: home.workspaceId });
  expect(items.slice(0, 3).map(({ type, details }) => [type, details.after])).toEqual([
    ['workspace.updated', { name: 'Now', description: '' }],
    ['member.role_changed', 'viewer'],
    ['workspace.updated', { name: 'From the future', description: '' }],
  ]);
  expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
});

test('nothing stands before the creation of its workspace, however late the clock was that made it', async () => {
  const { owner } = await anAgency(engine);
  const late = {
    ...owner,
    newId: ((prefix) => `${prefix}_02${owner.newId(prefix).slice(6)}`) as typeof owner.newId,
  };
  const { workspaceId } = await aWorkspace(late, { name: 'From the future' });

  await updateWorkspace(owner, workspaceId, UpdateWorkspace.parse({ name: 'Now' }));

  const { items } = await listEvents(owner, { ...page, workspaceId });
  expect(items.map(({ type }) => type)).toEqual(['workspace.updated', 'workspace.created']);
  expect(await brokenInvariants(engine.table, owner.actor.orgId)).toEqual([]);
});

test('what one person does one after the other stands in this order, whatever it is about', async () => {
  const { owner, support, orgId, home } = await anAgency(engine);

  await changeLimits(support, orgId, { workspaces: 20, reason: 'growth' });
  const made = await aWorkspace(owner, { name: 'Made' });
  await updateWorkspace(owner, home.workspaceId, UpdateWorkspace.parse({ name: 'Renamed' }));
  await aConnection(owner, made.workspaceId);

  const { items } = await listEvents(owner, page);
  expect(items.slice(0, 4).map(({ type }) => type)).toEqual([
    'connection.created',
    'workspace.updated',
    'workspace.created',
    'limits.changed',
  ]);
});
