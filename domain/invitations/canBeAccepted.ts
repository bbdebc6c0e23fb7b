import { actionsPerTransaction } from '../table/transact.ts';
import type { Invitation } from './invitation.item.ts';

/**
 * Of one accepting transaction: the invitation, its event, address, the count of invitations, person, identity,
 * idempotency record. A new owner is one action more, on the organization.
 */
const actionsBeside = 7;
/** The inviter's right there, workspace, membership, event. */
const actionsPerGrant = 4;
/** What one accepting transaction holds when one person has invited: that they are present is one action more. */
export const mostGrants = Math.floor((actionsPerTransaction - actionsBeside - 1) / actionsPerGrant);

/** Whether one transaction can accept it; each inviter has to be in the organization then. */
export function canBeAccepted({
  grants,
  organizationRole,
}: Pick<Invitation, 'grants' | 'organizationRole'>): boolean {
  const inviters = new Set(grants.map(({ invitedBy }) => invitedBy)).size;
  const others = inviters + actionsBeside + (organizationRole ? 1 : 0);
  return grants.length * actionsPerGrant + others <= actionsPerTransaction;
}
