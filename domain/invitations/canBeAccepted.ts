import { actionsPerTransaction } from '../table/transact.ts';
import type { Grant } from './invitation.item.ts';

/** Of one accepting transaction: the invitation, its event, address, organization, person, identity, idempotency record. */
const actionsBeside = 7;
/** The inviter's right there, workspace, membership, event. */
const actionsPerGrant = 4;
/** What one accepting transaction holds when one person has invited: that they are present is one action more. */
export const mostGrants = Math.floor((actionsPerTransaction - actionsBeside - 1) / actionsPerGrant);

/** Whether one transaction can accept them all; each inviter has to be in the organization then. */
export function canBeAccepted(grants: readonly Grant[]): boolean {
  const inviters = new Set(grants.map(({ invitedBy }) => invitedBy)).size;
  return grants.length * actionsPerGrant + inviters + actionsBeside <= actionsPerTransaction;
}
