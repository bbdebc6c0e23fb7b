import type { Invited, OperationSummary, User } from '../e2e/shapes.ts';
import { type ClientOptions, clientOf } from './client.ts';
import { completed, type Seat, succeeded } from './seat.ts';
import { anyOf, createWorkspace } from './workspaceActions.ts';
import { comeIn, loginOf } from './world.ts';

/** A colleague is put into a workspace, given another role, or taken out. */
export async function changeMember(seat: Seat): Promise<void> {
  const known = anyOf(seat);
  const [first, ...rest] = seat.colleagues;
  if (!known || !first) return createWorkspace(seat);
  const userId = seat.random.pick([first, ...rest]);
  const path = `/v1/workspaces/${known.workspaceId}/members/${userId}`;
  if (known.members.get(userId) !== undefined && seat.random.next() < 0.4) {
    if (succeeded(seat, 'removal of a member', await seat.client.send('DELETE', path)))
      known.members.set(userId, undefined);
    return;
  }
  const role = seat.random.pick(['viewer', 'editor', 'admin'] as const);
  if (succeeded(seat, 'change of a member', await seat.client.send('PUT', path, { role })))
    known.members.set(userId, role);
}

/** Somebody new is invited, and comes in, is not wanted any more, or does not answer. */
export async function invite(seat: Seat, options: ClientOptions): Promise<void> {
  const known = anyOf(seat);
  if (!known) return createWorkspace(seat);
  const email = newAddress(seat);
  const grants = [{ workspaceId: known.workspaceId, role: 'viewer' }];
  const reply = await seat.client.send('POST', '/v1/invitations', { invitations: [{ email, grants }] });
  const invited = succeeded<Invited>(seat, 'invitation', reply);
  if (!invited) return;
  seat.expectations.event('invitation.created', known.workspaceId);
  seat.expectations.mail(email);
  const then = seat.random.pick(['accept', 'revoke', 'nothing', 'nothing'] as const);
  if (then === 'revoke') {
    const revoked = await seat.client.send('DELETE', `/v1/invitations/${invited.items[0]?.invitationId}`);
    if (succeeded(seat, 'revocation', revoked)) seat.expectations.noMail(email);
  }
  if (then === 'accept') {
    const person = await comeIn(options, email, 'Somebody New');
    const { userId } = await person.make<User>('GET', '/v1/me');
    known.members.set(userId, 'viewer');
  }
}

/** Somebody of many workspaces leaves the organization, by an operation. Only owners can do that. */
export async function removePerson(seat: Seat, options: ClientOptions): Promise<void> {
  const { crowd, owner } = seat.organization;
  if (seat.client !== owner || crowd.length === 0) return changeMember(seat);
  const email = newAddress(seat);
  const grantsIn = (workspaceIds: string[]) =>
    workspaceIds.map((workspaceId) => ({ workspaceId, role: 'editor' }));
  const inviteInto = async (workspaceIds: string[]) =>
    seat.client.send('POST', '/v1/invitations', { invitations: [{ email, grants: grantsIn(workspaceIds) }] });
  if (!succeeded(seat, 'invitation into many', await inviteInto(crowd.slice(0, 20)))) return;
  seat.expectations.mail(email);
  const person = await comeIn(options, email, 'Somebody Who Leaves');
  const { userId } = await person.make<User>('GET', '/v1/me');
  if (!succeeded(seat, 'addition to many', await inviteInto(crowd.slice(20)))) return;
  const reply = await seat.client.send('DELETE', `/v1/users/${userId}`);
  const removed = succeeded<{ operation?: OperationSummary }>(seat, 'removal of a person', reply);
  if (removed?.operation) await completed(seat, 'removal of a person', removed.operation);
  const there = await seat.client.send('GET', `/v1/users/${userId}`);
  const their = await clientOf(options, loginOf(email, 'Somebody Who Leaves')).send('GET', '/v1/me');
  if (there.status !== 404 || their.status !== 403)
    seat.tally.violation(`${userId} was removed, and is still there: ${there.status}, ${their.status}`);
}

function newAddress(seat: Seat): string {
  seat.count += 1;
  return `new.${seat.count}.of.${seat.client.login.email}`;
}
