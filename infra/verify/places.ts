import { invitationCountItem, parseInvitationCount } from '../../domain/invitations/invitationCount.item.ts';
import type { Places } from '../../domain/invitations/places.ts';
import type { Check, Judged, Kind } from './check.ts';
import type { Finding } from './invariant.ts';
import type { Tenant } from './tenant.ts';

/** How many invitations of an organization are pending. */
export const invitationCountKind: Kind = {
  name: 'invitationCount',
  at: /^ORG#[^#]+ INVITATIONS$/,
  read(item) {
    const count = parseInvitationCount(item);
    return {
      keys: invitationCountItem(count),
      keep: (tenant) => {
        tenant.invited = count.invited;
      },
    };
  },
};

/** Whoever is invited holds a place in the workspaces and in the organization until the hour that the invitation says. */
export const placeChecks: readonly Check[] = [
  { needs: ['invitation', 'invitationCount'], find: ofOrganization },
  { needs: ['invitation', 'workspace'], find: ofWorkspaces },
];

function* ofOrganization({ orgId, invitations, invited }: Tenant, at: Judged): Generator<Finding> {
  const held = byHour([...invitations.values()].map(({ placesUntil }) => placesUntil));
  yield* compared('invitation_count', orgId, invited, held, at);
}

function* ofWorkspaces({ workspaces, invitations }: Tenant, at: Judged): Generator<Finding> {
  const hours = new Map<string, (string | undefined)[]>();
  for (const { placesUntil, workspaceIds } of invitations.values())
    for (const id of workspaceIds) hours.set(id, [...(hours.get(id) ?? []), placesUntil]);
  for (const { workspaceId, invited } of workspaces.values())
    yield* compared('invited_count', workspaceId, invited, byHour(hours.get(workspaceId) ?? []), at);
}

function byHour(hours: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const hour of hours) if (hour !== undefined) counts.set(hour, (counts.get(hour) ?? 0) + 1);
  return counts;
}

/** No place is held for longer than this. */
const longestMilliseconds = 49 * 3_600_000;

/** An hour that has begun may still stand, or have gone. */
function* compared(
  invariant: Finding['invariant'],
  subject: string,
  stored: Places = {},
  held: ReadonlyMap<string, number>,
  { now }: Judged,
): Generator<Finding> {
  for (const hour of [...new Set([...Object.keys(stored), ...held.keys()])].sort()) {
    const begins = Date.parse(`${hour}:00:00.000Z`);
    const mayBeGone = begins <= now || (!(hour in stored) && begins > now + longestMilliseconds);
    const [counter, counted] = [stored[hour] ?? 0, held.get(hour) ?? 0];
    if (!mayBeGone && counter !== counted)
      yield { invariant, subject, detail: `counts ${counter} until ${hour}, there are ${counted}` };
  }
}
