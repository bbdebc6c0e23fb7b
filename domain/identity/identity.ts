import type { Context, UserActor } from '../context.ts';
import { OrgId } from '../ids.ts';
import { findItem, type Item, queryAll, type Reading } from '../table/client.ts';
import { type Identity, identityKey, identityPartition, parseIdentity } from './identity.item.ts';

/**
 * The organization that a login's token acts in: the wanted one if they are in it, else none; unasked, the
 * oldest organization that they are in. The identity provider's token trigger and the local issuer share this.
 */
export async function organizationOf(
  ctx: Reading,
  login: string,
  wanted?: string,
): Promise<OrgId | undefined> {
  if (wanted !== undefined) {
    if (!OrgId.safeParse(wanted).success) return undefined;
    const item = await findItem(ctx, identityKey(login, wanted));
    return item && present(item)?.orgId;
  }
  for await (const item of queryAll(ctx, { partition: identityPartition(login), prefix: 'ORG#', limit: 1 })) {
    const identity = present(item);
    if (identity) return identity.orgId;
  }
  return undefined;
}

/** Who is leaving an organization acts in it no more. */
function present(item: Item): Identity | undefined {
  const identity = parseIdentity(item);
  return identity.leaving ? undefined : identity;
}

/** Who a login is in the organization of its token; `undefined` when they are not, or no longer, in it. */
export async function userActorOf(
  ctx: Pick<Context, keyof Reading>,
  login: string,
  orgId: string,
  email: string,
): Promise<UserActor | undefined> {
  const item = await findItem(ctx, identityKey(login, orgId));
  const identity = item && present(item);
  if (!identity) return undefined;
  const { orgId: known, userId } = identity;
  return { kind: 'user', orgId: known, userId, login, email };
}
