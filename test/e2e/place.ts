import type { Invited, OperationSummary, Workspace } from './shapes.ts';
import type { Stage } from './stage.ts';
import {
  aConnection,
  anOrganization,
  aPerson,
  aWorkspace,
  completed,
  connections,
  mailedToken,
  type Person,
} from './world.ts';

/** What requests name; each of one organization. */
export type Ids = {
  organizationId: string;
  workspaceId: string;
  connectionId: string;
  sourceWorkspaceId: string;
  sourceConnectionId: string;
  userId: string;
  invitationId: string;
  operationId: string;
  /** Of the API reference. */
  file: string;
};

/** An organization with one of everything that a request can name. */
export type Place = { stage: Stage; owner: Person; ids: Ids; invitationToken: string };

/** More copies than one transaction holds. */
const many = 50;

export async function aPlace(stage: Stage): Promise<Place> {
  const limits = { workspaces: 10_000 };
  const { owner, organizationId } = await anOrganization(stage, { limits });
  const { workspaceId } = await aWorkspace(owner, { name: 'Here' });
  const { userId } = await aPerson(stage, owner, { [workspaceId]: 'viewer' });
  const { workspaceId: sourceWorkspaceId } = await aWorkspace(owner, {
    name: 'Source',
    fromWorkspaceId: workspaceId,
  });
  const [{ connectionId }, source] = await Promise.all([
    aConnection(stage, owner, workspaceId),
    aConnection(stage, owner, sourceWorkspaceId),
  ]);
  const email = stage.email('invited');
  const { items } = await owner.make<Invited>('/v1/invitations', {
    invitations: [{ email, grants: [{ workspaceId, role: 'viewer' }] }],
  });
  return {
    stage,
    owner,
    invitationToken: await mailedToken(stage, email),
    ids: {
      organizationId,
      workspaceId,
      connectionId,
      sourceWorkspaceId,
      sourceConnectionId: source.connectionId,
      userId,
      invitationId: items[0]?.invitationId ?? '',
      operationId: (await anOperation(stage, owner, workspaceId)).operationId,
      file: 'start.js',
    },
  };
}

/** A completed operation on `workspaceId`, which then has many copies. */
async function anOperation(stage: Stage, owner: Person, workspaceId: string): Promise<OperationSummary> {
  const big = await aWorkspace(owner, { name: 'Big' });
  await connections(stage, owner, big.workspaceId, many);
  const { operation } = await owner.make<{ operation: OperationSummary }>(
    `/v1/workspaces/${workspaceId}/connections/copy`,
    { allFrom: [big.workspaceId] },
  );
  return completed(owner, operation);
}

/** A workspace with the same people as that of the place. */
export function anotherWorkspace({ owner, ids }: Place): Promise<Workspace> {
  return aWorkspace(owner, { name: 'Another', fromWorkspaceId: ids.workspaceId });
}

/** Ids of the same form that nobody was ever given. */
export function neverIssued(ids: Ids): Ids {
  const changed = Object.entries(ids).map(([name, id]) => [name, `${id.slice(0, -10)}zzzzzzzzzz`]);
  // The same names.
  return Object.fromEntries(changed) as Ids;
}
