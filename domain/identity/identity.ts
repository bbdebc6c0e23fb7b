import type { Context, UserActor } from '../context.ts';
import { OrgId } from '../ids.ts';
import { findItem, queryAll, type Reading } from '../table/client.ts';
import { identityKey, identityPartition, parseIdentity } from './identity.item.ts';

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
    return item && parseIdentity(item).orgId;
  }
  for await (const item of queryAll(ctx, { partition: identityPartition(login), prefix: 'ORG#', limit: 1 })) {
    return parseIdentity(item).orgId;
  }
  return undefined;
}

/** Who a login is in the organization of its token; `undefined` when they are not, or no longer, in it. */
export async function userActorOf(
  ctx: Pick<Context, keyof Reading>,
  login: string,
  orgId: string,
  email: string,
): Promise<UserActor | undefined> {
  const item = await findItem(ctx, identityKey(login, orgId));
  if (!item) return undefined;
  const { orgId: known, userId } = parseIdentity(item);
  return { kind: 'user', orgId: known, userId, login, email };
}
