import type { UserContext } from '../context.ts';
import { invalid } from '../errors.ts';
import { membersOf, refuseUnknown, usersById } from '../members/people.ts';
import { Stale } from '../table/transact.ts';
import { type CreateWorkspace, type Member, refuseTwice } from './createWorkspace.ts';
import type { Workspace } from './workspace.item.ts';

/**
 * The members of a new workspace: the creator first, then everybody else once; left out, those of `from`. `isRepeated`: an
 * earlier attempt failed, perhaps because one of them is leaving the organization, so it is read who stays.
 * Throws `validation_failed`, `unknown_user`.
 */
export async function membersFor(
  ctx: UserContext,
  input: Pick<CreateWorkspace, 'members'>,
  from: Workspace | undefined,
  { isRepeated }: { isRepeated: boolean },
): Promise<Member[]> {
  const { userId } = ctx.actor;
  const named = input.members ?? [];
  refuseTwice(named, '#/members', (member) => member.userId);
  const own = named.findIndex((member) => member.userId === userId && member.role !== 'admin');
  if (own >= 0)
    throw invalid({ pointer: `#/members/${own}/role`, detail: 'Who creates a workspace is an admin of it.' });
  await refuseUnknown(
    ctx,
    named.map((member) => member.userId),
    '#/members',
  );
  const members = input.members || !from ? named : await membersLike(ctx, from, { isRepeated });
  const others = members.filter((member) => member.userId !== userId);
  return [
    { userId, role: 'admin' },
    ...others.map((member) => ({ userId: member.userId, role: member.role })),
  ];
}

/** The members of another workspace: as many as it counts, without those who are leaving the organization. */
async function membersLike(
  ctx: UserContext,
  { workspaceId, memberCount }: Workspace,
  { isRepeated }: { isRepeated: boolean },
): Promise<readonly Member[]> {
  const members = await membersOf(ctx, workspaceId);
  if (members.length !== memberCount) throw new Stale('not every member that a workspace counts was found');
  if (!isRepeated) return members;
  const ids = members.map(({ userId }) => userId);
  const present = await usersById(ctx, ids);
  return members.filter(({ userId }) => present.has(userId));
}
