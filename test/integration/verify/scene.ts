import { deleteConnection } from '../../../domain/connections/deleteConnection.ts';
import { reconnect } from '../../../domain/connections/reconnect.ts';
import { UpdateConnection, updateConnection } from '../../../domain/connections/updateConnection.ts';
import { eventsPartition } from '../../../domain/events/event.item.ts';
import type { InvitationId, OperationId, OrgId, WorkspaceId } from '../../../domain/ids.ts';
import { revokeInvitation } from '../../../domain/invitations/manage.ts';
import { changeLimits } from '../../../domain/organizations/changeLimits.ts';
import { CreateOrganization, createOrganization } from '../../../domain/organizations/createOrganization.ts';
import { grantOwner } from '../../../domain/organizations/owners.ts';
import type { Item } from '../../../domain/table/client.ts';
import { removeUser } from '../../../domain/users/removeUser.ts';
import { deleteWorkspace } from '../../../domain/workspaces/deleteWorkspace.ts';
import {
  aConnection,
  aCopy,
  accepted,
  aMember,
  anOrganization,
  aSupporter,
  at,
  aWorkspace,
  type TestConnection,
  type TestUser,
  type TestWorkspace,
} from '../../support/builders.ts';
import { hour } from '../../support/clock.ts';
import { aContext, aWorld, type World, withKey } from '../../support/context.ts';
import type { TestEngine } from '../../support/engine.ts';
import { crashBefore, type Fault, isWrite, tableThrough } from '../../support/faults.ts';
import { inviteOf } from '../../support/invited.ts';
import { deliver, operationOf, readOperation, untilDone } from '../../support/operations.ts';
import { everything } from '../../support/state.ts';

/** What the corruptions need to name of the healthy table. */
export type Scene = {
  world: World;
  orgId: OrgId;
  owner: TestUser;
  /** An owner too. */
  second: TestUser;
  editor: TestUser;
  viewer: TestUser;
  /** With a lineage of three: the original, its copy elsewhere, a copy of that in the third. */
  home: TestWorkspace;
  elsewhere: TestWorkspace;
  third: TestWorkspace;
  original: TestConnection;
  copy: TestConnection;
  copyOfCopy: TestConnection;
  /** Another original at home, without copies. */
  single: TestConnection;
  /** In an organization of its own. */
  foreign: TestConnection & { orgId: OrgId };
  pending: InvitationId;
  revoked: InvitationId;
  expired: InvitationId;
  /** Provisioned by an operation that has done its first step, and left out one item of it. */
  provisioning: TestWorkspace;
  running: OperationId;
  completed: OperationId;
  /** Removed from the organization by an operation that waits for a workspace. */
  leaver: TestUser;
  removing: OperationId;
  /** All of its events. */
  events: Item[];
};

/** More than one page of a plan. */
const sourceCount = 100;

/**
 * A table with everything that a healthy one may hold: members and invitations in every state, a lineage, limits below
 * what is in use, operations that run and that have ended, workspaces and people that are gone.
 */
export async function aHealthyTable(engine: TestEngine): Promise<Scene> {
  const world = aWorld(engine);
  const { orgId, owner, support } = await anOrganization(world);
  const home = await aWorkspace(owner, { name: 'Home' });
  const elsewhere = await aWorkspace(withKey(owner, 'key-1'), { name: 'Elsewhere' });
  const third = await aWorkspace(owner, { name: 'Third' });
  const inHome = (email: string, role: 'admin' | 'editor' | 'viewer') =>
    aMember(owner, email, { workspaceId: home.workspaceId, role });
  const second = await inHome('second@example.com', 'admin');
  const editor = await inHome('editor@example.com', 'editor');
  const viewer = await inHome('viewer@example.com', 'viewer');
  await grantOwner(support, { orgId, userId: second.actor.userId });
  const invitations = await invitedPeople(world, owner, home);
  await underAnotherAddress(second, owner, elsewhere);

  const single = await aConnection(owner, home.workspaceId, { name: 'Single' });
  const original = await aConnection(owner, home.workspaceId);
  const copy = await aCopy(owner, original, elsewhere.workspaceId, ['a1', 'a2']);
  const copyOfCopy = await aCopy(owner, copy, third.workspaceId);
  // A copy keeps what its parent no longer selects.
  await updateConnection(owner, at(original), UpdateConnection.parse({ accountIds: ['a3'] }));
  await reconnect(owner, at(copyOfCopy), { credentials: { refreshToken: 'secret-2' } });

  const { provisioning, running, completed, all } = await operated(engine, world, owner);
  const leaver = await inHome('leaver@example.com', 'viewer');
  const removing = await removedFromBusy(engine, world, owner, leaver, all);
  const gone = await aWorkspace(owner, { members: [{ userId: editor.actor.userId, role: 'editor' }] });
  await deleteWorkspace(owner, gone.workspaceId);
  await changeLimits(support, orgId, { workspaces: 1, membersPerWorkspace: 1, reason: 'a smaller plan' });
  return {
    ...{ world, orgId, owner, second, editor, viewer, home, elsewhere, third },
    ...{ original, copy, copyOfCopy, single, provisioning, running, completed, leaver, removing },
    ...invitations,
    foreign: await another(world),
    events: await everything(engine.table, eventsPartition(orgId)),
  };
}

async function invitedPeople(world: World, owner: TestUser, { workspaceId }: TestWorkspace) {
  const expired = await inviteOf(owner, 'expired@example.com', workspaceId);
  world.clock.advance(49 * hour);
  const revoked = await inviteOf(owner, 'revoked@example.com', workspaceId);
  await revokeInvitation(owner, revoked.invitationId);
  await inviteOf(owner, 'again@example.com', workspaceId);
  await inviteOf(owner, 'again@example.com', workspaceId);
  const left = await aMember(owner, 'left@example.com', { workspaceId, role: 'editor' });
  await removeUser(owner, left.actor.userId);
  await aMember(owner, 'left@example.com', { workspaceId, role: 'viewer' });
  const pending = await inviteOf(owner, 'pending@example.com', workspaceId);
  return {
    expired: expired.invitationId,
    revoked: revoked.invitationId,
    pending: pending.invitationId,
  };
}

/** Somebody who is invited once more, by an address that nobody knew to be theirs. */
async function underAnotherAddress(person: TestUser, owner: TestUser, { workspaceId }: TestWorkspace) {
  const email = 'other.address@example.com';
  const { token } = await inviteOf(owner, email, workspaceId);
  const { login } = person.actor;
  await accepted(aContext(person, { kind: 'person', login, email, name: 'Second' }), token);
}

/** One operation that has ended, one that took down what that made, and one in the middle of its work. */
async function operated(engine: TestEngine, world: World, owner: TestUser) {
  const { orgId } = owner.actor;
  const { workspaceId } = await aWorkspace(owner, { name: 'Sources' });
  const sources: TestConnection[] = [];
  for (let n = 0; n < sourceCount; n++) sources.push(await aConnection(owner, workspaceId, { name: `${n}` }));
  const all = { copyAllConnectionsFrom: [workspaceId] };
  const made = await aWorkspace(owner, { name: 'Made', ...all });
  const completed = operationOf(made);
  await untilDone(world, orgId, completed);
  await untilDone(world, orgId, operationOf(await deleteWorkspace(owner, made.workspaceId)));
  const provisioning = await aWorkspace(owner, { name: 'Provisioning', ...all });
  const running = operationOf(provisioning);
  const [left] = sources;
  if (left) await deleteConnection(owner, at(left));
  const stops = tableThrough(engine.anotherTable(), after(1));
  await deliver(world, await readOperation(world, orgId, running), stops).catch(() => undefined);
  return { provisioning, running, completed, all };
}

/** Somebody whose removal waits for a workspace that is being provisioned; they are in it, and out of no other yet. */
async function removedFromBusy(
  engine: TestEngine,
  world: World,
  owner: TestUser,
  { actor: { userId } }: TestUser,
  all: { copyAllConnectionsFrom: WorkspaceId[] },
): Promise<OperationId> {
  const held = await aWorkspace(owner, { name: 'Held', members: [{ userId, role: 'editor' }], ...all });
  const stops = tableThrough(engine.anotherTable(), after(1));
  const operation = await readOperation(world, owner.actor.orgId, operationOf(held));
  await deliver(world, operation, stops).catch(() => undefined);
  return operationOf(await removeUser(owner, userId));
}

function after(writes: number): Fault {
  let seen = 0;
  return (sent, proceed) => {
    if (isWrite(sent)) seen += 1;
    return seen > writes ? crashBefore(sent, proceed) : proceed();
  };
}

/** An organization with a workspace and a connection, and one that nobody has come into yet. */
async function another(world: World): Promise<Scene['foreign']> {
  const { orgId, owner } = await anOrganization(world, { owner: { email: 'other@example.com' } });
  const { workspaceId } = await aWorkspace(owner);
  const asked = CreateOrganization.parse({ name: 'New', owner: { email: 'new@example.com' } });
  await createOrganization(withKey(aSupporter(world), 'key-2'), asked);
  return { ...(await aConnection(owner, workspaceId)), orgId };
}
