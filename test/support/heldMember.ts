import type { OperationId, WorkspaceId } from '../../domain/ids.ts';
import { removeUser } from '../../domain/users/removeUser.ts';
import { type Agency, anAgency } from './agency.ts';
import {
  aConnection,
  aMember,
  aWorkspace,
  type TestConnection,
  type TestUser,
  type TestWorkspace,
} from './builders.ts';
import type { World } from './context.ts';
import type { TestEngine } from './engine.ts';
import { crashBefore, type Fault, isWrite, tableThrough } from './faults.ts';
import { freshCopy } from './freshCopy.ts';
import { deliver, operationOf, readOperation, untilDone } from './operations.ts';

export type HeldMember = Agency & {
  /** Admin at Home, editor Elsewhere, and in a workspace that an operation holds: removing them waits for that. */
  leaver: TestUser;
  held: { workspaceId: WorkspaceId; operationId: OperationId };
  /** At Home. */
  source: TestConnection;
  /** A workspace that they are not in. */
  foreign: TestWorkspace;
};

/** More copies than one transaction holds. */
const copies = 50;

/** An agency with somebody whose removal takes an operation. */
export function aHeldMember(engine: TestEngine): Promise<HeldMember> {
  return freshCopy(engine, 'held member', async (world) => {
    const agency = await anAgency(engine, { limits: { workspaces: 100 } });
    const { owner, home, elsewhere } = agency;
    const leaver = await aMember(
      owner,
      'leaver@example.com',
      { workspaceId: home.workspaceId, role: 'admin' },
      { workspaceId: elsewhere.workspaceId, role: 'editor' },
    );
    const source = await aConnection(owner, home.workspaceId);
    const held = await aHeldWorkspace(engine, world, owner, leaver);
    const foreign = await aWorkspace(owner, { name: 'Foreign' });
    return { ...agency, leaver, held, source, foreign };
  });
}

/** A workspace that is being provisioned, by an operation that has come as far as its members. */
export async function aHeldWorkspace(engine: TestEngine, world: World, owner: TestUser, member: TestUser) {
  const sources = await aWorkspace(owner, { name: 'Sources' });
  for (let n = 0; n < copies; n++) await aConnection(owner, sources.workspaceId);
  const created = await aWorkspace(owner, {
    name: 'Held',
    members: [{ userId: member.actor.userId, role: 'editor' }],
    copyAllConnectionsFrom: [sources.workspaceId],
  });
  const operationId = operationOf(created);
  const stops = tableThrough(engine.anotherTable(), afterWrites(1));
  const operation = await readOperation(world, owner.actor.orgId, operationId);
  await deliver(world, operation, stops).catch(() => undefined);
  return { workspaceId: created.workspaceId, operationId };
}

function afterWrites(most: number): Fault {
  let seen = 0;
  return (sent, proceed) => {
    if (isWrite(sent)) seen += 1;
    return seen > most ? crashBefore(sent, proceed) : proceed();
  };
}

/** Accepts the removal of the leaver, as an operation. */
export async function accepted({ owner, leaver }: HeldMember, by: TestUser = owner): Promise<OperationId> {
  return operationOf(await removeUser(by, leaver.actor.userId));
}

/** Brings the operation that holds the workspace to its end, then the removal. */
export async function concluded({ world, orgId, held }: HeldMember, removal: OperationId) {
  await untilDone(world, orgId, held.operationId);
  return untilDone(world, orgId, removal);
}
