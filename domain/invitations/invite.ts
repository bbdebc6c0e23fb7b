import * as z from 'zod/mini';
import type { UserContext } from '../context.ts';
import { Email } from '../email.ts';
import { DomainError } from '../errors.ts';
import { WorkspaceId } from '../ids.ts';
import { Role } from '../members/member.item.ts';
import { isPassing } from '../table/client.ts';
import { partsOf, recall, remember } from '../table/idempotency.ts';
import { Stale, transact } from '../table/transact.ts';
import { write } from '../table/write.ts';
import { nothingAhead } from './holdPlaces.ts';
import { planInvitation } from './planInvitation.ts';

const GrantInput = z.strictObject({ workspaceId: WorkspaceId, role: Role });
const distinct = (grants: { workspaceId: string }[]) =>
  new Set(grants.map(({ workspaceId }) => workspaceId)).size === grants.length;

export const PersonInput = z.strictObject({
  email: Email,
  grants: z
    .array(GrantInput)
    .check(z.minLength(1), z.maxLength(20), z.refine(distinct, 'names a workspace twice'))
    .register(z.globalRegistry, { uniqueItems: true }),
});
export const Invite = z.strictObject({
  invitations: z
    .array(PersonInput)
    .check(
      z.minLength(1),
      z.maxLength(50),
      z.refine(
        (people) => new Set(people.map(({ email }) => email)).size === people.length,
        'names an email twice',
      ),
    )
    .register(z.globalRegistry, { uniqueItems: true }),
});

export const Invited = z.object({
  invitationId: z.optional(z.string()),
  email: z.string(),
  status: z.enum(['invited', 'added', 'unchanged', 'failed']),
  /** Of somebody who is in the organization: what they are now in each workspace that was named. */
  grants: z.optional(z.array(z.object({ workspaceId: z.string(), role: Role }))),
  /** Of somebody who is a member already, in the one workspace that was named: what they stay there. */
  role: z.optional(Role),
  /** Of a person who could not be invited while others could. */
  code: z.optional(z.string()),
  detail: z.optional(z.string()),
});
export type Invited = z.output<typeof Invited>;
export type InvitedPerson = z.output<typeof PersonInput>;

/**
 * Invites people into workspaces. Who is in the organization is added at once and keeps the roles they have; who is
 * invited already gets one fresh link to all grants. Everybody who is not a member yet takes a place under the limit of
 * members. Everything is checked for everybody before the first is written; each person is then one transaction. Who
 * can't be invited after all, because something changed in between or a mail has just gone to them, is reported as
 * `failed` and undoes nobody else; who failed only in passing is invited by the same request under its key. Throws
 * `not_found`, `forbidden`, `workspace_busy`, `member_limit_reached`, `invitation_limit_reached`, `validation_failed`,
 * `throttled`; `unknown_user` for somebody who is being removed from the organization.
 */
export async function invite(
  ctx: UserContext,
  { invitations }: z.output<typeof Invite>,
): Promise<{ items: Invited[] }> {
  const known = await recall(ctx);
  // The record holds what this very function answered under this key and request fingerprint.
  if (known) return known.answer as { items: Invited[] };
  const { part, settle } = partsOf(ctx);
  const parts = invitations.map((person) => ({ person, own: part(person.email) }));
  const ahead = nothingAhead();
  if (parts.length > 1)
    for (const { person, own } of parts) if (!(await recall(own))) await planInvitation(own, person, ahead);
  const done: Done[] = [];
  for (const { person, own } of parts) done.push(await inviteOne(own, person, parts.length > 1));
  settle();
  const items = done.map(({ item }) => item);
  // Who failed only in passing is invited when the request is sent again.
  const isFinal = !done.some(({ mayWorkLater }) => mayWorkLater);
  return ctx.idempotency && !ctx.idempotency.replayed && isFinal ? settled(ctx, { items }) : { items };
}

/**
 * The answer of the whole request, once all of its parts are written: the first one that was remembered. Where it can't
 * be remembered for the moment it is given all the same: each part is remembered by itself.
 */
async function settled(ctx: UserContext, answer: { items: Invited[] }): Promise<{ items: Invited[] }> {
  try {
    await transact(ctx, remember(ctx, answer));
    return answer;
  } catch (error) {
    if (isPassing(error)) return answer;
    if (!(error instanceof Stale)) throw error;
    // The same request, sent twice at once, has settled it.
    const first = await recall(ctx).catch((cause) => {
      if (!isPassing(cause)) throw cause;
    });
    return first ? (first.answer as { items: Invited[] }) : answer;
  }
}

type Done = { item: Invited; mayWorkLater?: boolean };

async function inviteOne(ctx: UserContext, person: InvitedPerson, isOneOfMany: boolean): Promise<Done> {
  try {
    return { item: await write(ctx, () => planInvitation(ctx, person, nothingAhead())) };
  } catch (error) {
    if (!(error instanceof DomainError) || !isOneOfMany || error.code === 'idempotency_key_reused')
      throw error;
    return {
      item: { email: person.email, status: 'failed', code: error.code, detail: error.message },
      // The pause between two mails to one address is an answer.
      mayWorkLater: isPassing(error) && error.extra.retryAfterSeconds === undefined,
    };
  }
}
