import {
  type Access,
  accessToMany,
  allowing,
  callerIsPresent,
  notBusy,
  rightHolds,
} from '../access/access.ts';
import { copiedEvents } from '../connections/copiedDetails.ts';
import { addConnections } from '../connections/copyConnections.ts';
import { copyActions, planBatch, type Wanted } from '../connections/copyPlan.ts';
import { decidedOf } from '../connections/decidedAccounts.ts';
import { planDeletion } from '../connections/deleteConnection.ts';
import type { UserContext } from '../context.ts';
import { DomainError, type ErrorCode, notFound } from '../errors.ts';
import type { EventDraft } from '../events/event.ts';
import { membershipKey, parseMembership, type Role } from '../members/member.item.ts';
import { planMembers } from '../members/memberChanges.ts';
import { usersById } from '../members/people.ts';
import { getOrganization } from '../organizations/organization.ts';
import type { Action } from '../table/action.ts';
import { findItems, isPassing } from '../table/client.ts';
import { planRemovalStep } from '../users/removalSteps.ts';
import type { Operation, Skipped, WorkItem } from './operation.item.ts';
import { planCleanup } from './planCleanup.ts';
import { planSelect } from './planSelect.ts';

/** What a step writes for the items it took, and what it leaves out. */
export type StepPlan = {
  actions: Action[];
  events: EventDraft[];
  skipped: Skipped[];
  /** Why neither these items nor any others of their kind can be done. */
  refusal?: ErrorCode;
};

type Of<Kind extends WorkItem['kind']> = Extract<WorkItem, { kind: Kind }>;

/**
 * Decides what it takes to do some items of one kind, on fresh reads, with the rights of whom the operation runs for, and
 * that they are still there, as conditions. Copies that can't be made are skipped one by one; any other refusal is thrown,
 * for the caller to try fewer items and skip the one that is left. Out of the organization goes one item at a time.
 */
export async function planStep(
  ctx: UserContext,
  operation: Operation,
  items: readonly WorkItem[],
): Promise<StepPlan> {
  if (operation.kind === 'workspace.delete') return planCleanup(ctx, operation, items);
  const [first] = items;
  if (operation.kind === 'user.remove' && first?.kind === 'leave')
    return { ...(await planRemovalStep(ctx, operation, first)), skipped: [] };
  const plan = await planWithRights(ctx, operation, items);
  return plan.actions.length > 0 ? { ...plan, actions: [...plan.actions, ...callerIsPresent(ctx)] } : plan;
}

async function planWithRights(ctx: UserContext, operation: Operation, items: readonly WorkItem[]) {
  const [first] = items;
  const of = <Kind extends WorkItem['kind']>(kind: Kind) =>
    items.filter((item): item is Of<Kind> => item.kind === kind);
  const isOfPeople = first?.kind === 'member' || first?.kind === 'leave';
  const access = await ownAccess(ctx, operation, isOfPeople ? 'admin' : 'editor').catch(refusal);
  if (access instanceof DomainError) return refused(access.code);
  if (first?.kind === 'copy') return copy(ctx, operation, access, of('copy'));
  if (first?.kind === 'leave') return leave(ctx, operation, access, of('leave'));
  if (first?.kind === 'member') return member(ctx, operation, access, of('member'));
  if (first?.kind === 'disconnect') return disconnect(ctx, operation, access, of('disconnect'));
  return planSelect(ctx, operation, access, of('select'));
}

/** The workspace that the operation holds. Throws `not_found`, `forbidden` when the caller no longer has the right. */
async function ownAccess(
  ctx: UserContext,
  { workspaceId, operationId }: Operation,
  need: Role,
): Promise<Access> {
  const access = workspaceId && (await accessToMany(ctx, [workspaceId])).get(workspaceId);
  if (!access) throw notFound();
  notBusy(access.workspace, operationId);
  return allowing(access, need);
}

function refusal(error: unknown): DomainError {
  if (error instanceof DomainError && !isPassing(error)) return error;
  throw error;
}

/** Without the right in the operation's own workspace none of the items can be done. */
function refused(refusal: ErrorCode): StepPlan {
  return { actions: [], events: [], skipped: [], refusal };
}

/** How an item that is left out is listed. */
export function skippedOf({ workspaceId }: Operation, item: WorkItem, code: string): Skipped {
  if (item.kind === 'copy') return { ...item.source, code };
  const at = { ...(workspaceId && { workspaceId }) };
  if (item.kind === 'member') return { ...at, userId: item.userId, code };
  if (item.kind === 'leave') return { workspaceId: item.workspaceId, userId: item.userId, code };
  return { ...at, connectionId: item.connectionId, code };
}

async function copy(
  ctx: UserContext,
  operation: Operation,
  access: Access,
  items: Of<'copy'>[],
): Promise<StepPlan> {
  const { orgId, workspaceId, connectionCount } = access.workspace;
  const { limits } = await getOrganization(ctx, orgId);
  const limit = limits.connectionsPerWorkspace;
  const room = limit - connectionCount;
  if (room <= 0) return refused('connection_limit_reached');
  const skipped: Skipped[] = [];
  const wanted = items.map(
    ({ source, copyId, accounts, decidedIn }): Wanted => ({
      at: source,
      isNamed: true,
      pointer: '',
      copyId,
      decided: decidedOf({ accounts, decidedIn }),
    }),
  );
  const batch = await planBatch(ctx, { workspaceId, isNew: false }, wanted, new Set(), ({ at }, { code }) =>
    skipped.push({ ...at, code }),
  );
  // The limit may have been lowered since the operation was accepted.
  const copies = batch.copies.slice(0, room);
  for (const { source } of batch.copies.slice(room))
    skipped.push({
      workspaceId: source.workspaceId,
      connectionId: source.connectionId,
      code: 'connection_limit_reached',
    });
  if (copies.length === 0) return { actions: [], events: [], skipped };
  return {
    skipped,
    actions: [
      rightHolds(ctx, access, 'editor'),
      addConnections(ctx, workspaceId, copies.length, { limit, working: operation.operationId }),
      ...copies.flatMap((planned) => copyActions(ctx, planned)),
    ],
    events: await copiedEvents(ctx, access.workspace, { copies, lens: batch.lens }),
  };
}

async function member(
  ctx: UserContext,
  operation: Operation,
  access: Access,
  items: Of<'member'>[],
): Promise<StepPlan> {
  const { orgId } = access.workspace;
  const { limits } = await getOrganization(ctx, orgId);
  const known = await usersById(
    ctx,
    items.map(({ userId }) => userId),
  );
  const memberLimit = limits.membersPerWorkspace;
  const asked = items.filter(({ userId }) => known.has(userId));
  const { set, tooMany } = await withinRoom(ctx, access, asked, memberLimit);
  const plan = await planMembers(
    ctx,
    access,
    { set, remove: [] },
    { memberLimit, operationId: operation.operationId },
  );
  const gone = items.filter(({ userId }) => !known.has(userId));
  return {
    actions: plan.actions.length > 0 ? [rightHolds(ctx, access, 'admin'), ...plan.actions] : [],
    events: together(plan.events),
    skipped: [
      ...gone.map((item) => skippedOf(operation, item, 'unknown_user')),
      ...tooMany.map((item) => skippedOf(operation, item, 'member_limit_reached')),
    ],
  };
}

/** Who fits under a limit that may have been lowered since the operation was accepted; who is there already does. */
async function withinRoom(
  ctx: UserContext,
  { workspace: { orgId, workspaceId, memberCount } }: Access,
  items: Of<'member'>[],
  memberLimit: number,
): Promise<{ set: Of<'member'>[]; tooMany: Of<'member'>[] }> {
  const room = Math.max(0, memberLimit - memberCount);
  if (items.length <= room) return { set: items, tooMany: [] };
  const keys = items.map(({ userId }) => membershipKey(orgId, workspaceId, userId));
  const present = new Set((await findItems(ctx, keys)).map((item) => parseMembership(item).userId));
  const tooMany = items.filter(({ userId }) => !present.has(userId)).slice(room);
  return { set: items.filter((item) => !tooMany.includes(item)), tooMany };
}

/** One event of each type for the step: one for each person would take a third action. */
function together(events: readonly EventDraft[]): EventDraft[] {
  return [...Map.groupBy(events, ({ type }) => type).values()].flatMap((same) => {
    const [first, ...others] = same;
    if (!first || others.length === 0) return same;
    // All are of one type, whose details are a list of what they are of one.
    return [{ ...first, details: { members: same.map(({ details }) => details) } } as EventDraft];
  });
}

/** Those of the people who are still there out of the workspace. */
async function leave(
  ctx: UserContext,
  { operationId }: Operation,
  access: Access,
  items: Of<'leave'>[],
): Promise<StepPlan> {
  const { workspaceId } = access.workspace;
  const keys = items.map(({ userId }) => membershipKey(ctx.actor.orgId, workspaceId, userId));
  const ids = (await findItems(ctx, keys)).map((item) => parseMembership(item).userId);
  if (ids.length === 0) return nothing;
  const plan = await planMembers(ctx, access, { set: [], remove: ids }, { memberLimit: 0, operationId });
  return {
    actions: [rightHolds(ctx, access, 'admin'), ...plan.actions],
    events: together(plan.events),
    skipped: [],
  };
}

const nothing: StepPlan = { actions: [], events: [], skipped: [] };

async function disconnect(
  ctx: UserContext,
  operation: Operation,
  access: Access,
  items: Of<'disconnect'>[],
): Promise<StepPlan> {
  const { workspaceId } = access.workspace;
  const ids = items.map(({ connectionId }) => connectionId);
  const plan = await planDeletion(ctx, access.workspace, ids, operation.operationId);
  return {
    actions: [rightHolds(ctx, access, 'editor'), ...plan.actions],
    events: plan.events,
    skipped: plan.missing.map((connectionId) => ({ workspaceId, connectionId, code: 'not_found' })),
  };
}
